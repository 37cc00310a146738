using FlaskDeploy.Agent.Modules.Python;

namespace FlaskDeploy.Agent.Tests.Modules;

public class PythonRequirementTests
{
    [Theory]
    [InlineData("flask", "0.1", true)]
    [InlineData("flask==2.0", "2.0.0", true)]
    [InlineData("flask==2.0", "2.0.1", false)]
    [InlineData("flask==2.*", "2.11", true)]
    [InlineData("flask==2.*", "3.0", false)]
    [InlineData("flask!=2.*", "2.1", false)]
    [InlineData("flask>=2,<4", "3.9.9", true)]
    [InlineData("flask>=2,<4", "4.0", false)]
    [InlineData("flask<4", "4.0rc1", false)]
    [InlineData("flask<4.0rc2", "4.0rc1", true)]
    [InlineData("flask~=2.2", "2.9", true)]
    [InlineData("flask~=2.2", "3.0", false)]
    [InlineData("flask~=2.2.1", "2.3", false)]
    [InlineData("flask (>=2)", "2.0", true)]
    [InlineData("flask[async] >= 2 ; python_version < '3'", "2.0", true)]
    [InlineData("flask>2.0", "2.0.post1", true)]
    [InlineData("flask==2.0", "2.0+el8", true)]
    [InlineData("flask==2.0+el9", "2.0+el8", false)]
    [InlineData("flask===2.0-weird", "2.0-weird", true)]
    [InlineData("flask>=1!0.1", "9.0", false)]
    public void Accepts_the_versions_that_pip_accepts(string requirement, string installed, bool expected) =>
        Assert.Equal(expected, PythonRequirement.Parse(requirement).Accepts(installed));

    [Theory]
    [InlineData("Zope.Interface", "zope-interface")]
    [InlineData("a__b-.c==1", "a-b-c")]
    [InlineData("pkg @ file:///srv/pkg", "pkg")]
    [InlineData("git+ssh://git@example.org/x.git@v1#subdirectory=a&egg=My_Pkg", "my-pkg")]
    [InlineData("/srv/wheels/My_Pkg-1.0-py3-none-any.whl", "my-pkg")]
    [InlineData("./dist/my-pkg-1.0.2.tar.gz", "my-pkg")]
    [InlineData("./src", null)]
    public void Knows_the_name_that_is_installed(string requirement, string? name) => Assert.Equal(name, PythonRequirement.Parse(requirement).Name);

    [Fact]
    public void Says_that_a_specifier_is_unclear() => Assert.True(PythonRequirement.Parse("flask>=banana").IsUnclear);

    [Fact]
    public void Says_that_a_requirement_has_a_condition() => Assert.True(PythonRequirement.Parse("flask; sys_platform == 'linux'").IsConditional);

    // PEP 440's own example of an order.
    [Fact]
    public void Orders_versions_as_PEP_440_does()
    {
        string[] ordered = ["1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1!0.1"];
        for (var i = 0; i < ordered.Length; i++)
        {
            for (var j = 0; j < ordered.Length; j++)
            {
                Assert.Equal($"{ordered[i]} {ordered[j]} {Math.Sign(i.CompareTo(j))}", $"{ordered[i]} {ordered[j]} {Math.Sign(PythonVersion.Parse(ordered[i])!.CompareTo(PythonVersion.Parse(ordered[j])!))}");
            }
        }
    }

    [Theory]
    [InlineData("1.0-1", "1.0.post1")]
    [InlineData("v1.0ALPHA1", "1.0a1")]
    [InlineData("1.0.c1", "1.0rc1")]
    [InlineData("1.0_dev", "1.0.dev0")]
    public void Takes_the_other_spellings_of_a_version(string spelling, string canonical) =>
        Assert.Equal(0, PythonVersion.Parse(spelling)!.CompareTo(PythonVersion.Parse(canonical)!));
}
