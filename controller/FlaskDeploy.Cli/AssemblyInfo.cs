using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("FlaskDeploy.Cli.Tests")]
