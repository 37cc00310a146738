using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("FlaskDeploy.Compiler.Tests")]
