using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using Google.Protobuf;

namespace FlaskDeploy.Protocol.Tests;

public sealed class CodecTests
{
    [Fact]
    public void Decodes_the_bundle_that_it_encoded()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var bundle = new Samples(seed).Bundle();
            var decoded = BundleCodec.Decode(BundleCodec.Encode(bundle));
            Assert.True(decoded.IsGood, decoded.Problem);
            Assert.Equal(Printer.Print(bundle), Printer.Print(decoded.Value));
        }
    }

    [Fact]
    public void Gives_equal_bytes_for_equal_content()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            Assert.Equal(BundleCodec.Encode(new Samples(seed).Bundle()), BundleCodec.Encode(new Samples(seed).Bundle()));
            var release = ReleaseCodec.Encode(new Samples(seed).Release());
            Assert.Equal(release, ReleaseCodec.Encode(ReleaseCodec.Decode(release).Value!));
            var part = ReleaseCodec.Encode(new Samples(seed).HostPart());
            Assert.Equal(part, ReleaseCodec.Encode(ReleaseCodec.DecodeHostPart(part).Value!));
        }
    }

    [Fact]
    public void Decodes_the_release_and_the_host_part_that_it_encoded()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var samples = new Samples(seed, spans: false);
            var release = samples.Release();
            Assert.Equal(Printer.Print(release), Printer.Print(ReleaseCodec.Decode(ReleaseCodec.Encode(release)).Value));
            var part = samples.HostPart();
            Assert.Equal(Printer.Print(part), Printer.Print(ReleaseCodec.DecodeHostPart(ReleaseCodec.Encode(part)).Value));
        }
    }

    [Fact]
    public void Encodes_a_retired_release_without_a_bundle()
    {
        var retired = new ReleaseContent { Bundle = null, Retired = true, Origin = "/srv/flask.yml" };
        var decoded = ReleaseCodec.Decode(ReleaseCodec.Encode(retired)).Value!;
        Assert.True(decoded.Retired);
        Assert.Null(decoded.Bundle);
        Assert.NotNull(ReleaseCodec.Decode(ReleaseCodec.Encode(retired with { Retired = false })).Problem);
    }

    [Fact]
    public void Names_an_unknown_format_instead_of_guessing()
    {
        Assert.Contains("format 7", BundleCodec.Decode(new V1.Bundle { Format = 7 }.ToByteArray()).Problem, StringComparison.Ordinal);
        Assert.Contains("format 7", ReleaseCodec.Decode(new V1.ReleaseContent { Format = 7 }.ToByteArray()).Problem, StringComparison.Ordinal);
        Assert.NotNull(BundleCodec.Decode(ReadOnlyMemory<byte>.Empty).Problem);
    }

    [Fact]
    public void Refuses_blocks_nested_too_deep_on_both_sides()
    {
        Assert.True(BundleCodec.Decode(BundleCodec.Encode(Nested(DecodeLimits.MaxBlockDepth))).IsGood);
        Assert.Throws<ArgumentException>(() => BundleCodec.Encode(Nested(DecodeLimits.MaxBlockDepth + 1)));
        var node = new V1.TaskNode { Id = "0/0", Name = new() { Text = "" }, Call = new() { Module = "ping" } };
        for (var i = 0; i <= DecodeLimits.MaxBlockDepth; i++)
        {
            node = new V1.TaskNode { Id = "0/0", Name = new() { Text = "" }, Block = new() { Tasks = { node } } };
        }
        var bundle = new V1.Bundle { Format = 1, Plays = { new V1.Play { Name = new() { Text = "" }, Tasks = { node } } } };
        Assert.Contains("deeper", BundleCodec.Decode(bundle.ToByteArray()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Survives_the_deepest_values_in_the_deepest_blocks()
    {
        var value = Enumerable.Range(0, DecodeLimits.MaxValueDepth).Aggregate((Value)Value.Null, (inner, _) => MapValue.From(("k", inner)));
        var bundle = Nested(DecodeLimits.MaxBlockDepth, value);
        Assert.Equal(Printer.Print(bundle), Printer.Print(BundleCodec.Decode(BundleCodec.Encode(bundle)).Value));
    }

    [Fact]
    public void Decodes_the_statements_that_it_encoded()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var samples = new Samples(seed);
            var release = new ReleaseStatement { Deployment = "flask", Sequence = seed, Content = samples.Bytes(9) };
            var readRelease = StatementCodec.DecodeRelease(StatementCodec.Encode(release)).Value!;
            Assert.Equal((release.Deployment, release.Sequence), (readRelease.Deployment, readRelease.Sequence));
            Assert.Equal(release.Content.ToArray(), readRelease.Content.ToArray());

            var part = new HostPartStatement { Deployment = "flask", Sequence = seed, Host = "web1", Release = samples.Digest(), Content = samples.Bytes(5) };
            var readPart = StatementCodec.DecodeHostPart(StatementCodec.Encode(part)).Value!;
            Assert.Equal((part.Host, part.Sequence, part.Release), (readPart.Host, readPart.Sequence, readPart.Release));
            Assert.Equal(part.Content.ToArray(), readPart.Content.ToArray());

            var order = new OrderStatement
            {
                Deployment = "flask",
                Sequence = seed,
                Number = long.MaxValue - seed,
                Mode = (OrderMode)(seed % 3),
                Hosts = ["web1", "web2"],
                Tags = ["a"],
                SkipTags = ["b", "c"],
                StartAtTask = seed % 2 == 0 ? null : "run the site",
                Diff = seed % 2 == 0,
                Verbosity = seed % 5,
                Deadline = seed % 2 == 0 ? null : TimeSpan.FromSeconds(seed),
            };
            Assert.Equal(Printer.Print(order), Printer.Print(StatementCodec.DecodeOrder(StatementCodec.Encode(order)).Value));
        }
    }

    [Fact]
    public void Refuses_a_statement_without_a_deployment_or_with_a_mode_it_does_not_know()
    {
        Assert.NotNull(StatementCodec.DecodeRelease(new V1.Release { Sequence = 1 }.ToByteArray()).Problem);
        Assert.Contains("mode 9", StatementCodec.DecodeOrder(new V1.Order { Deployment = "x", Mode = (V1.Order.Types.Mode)9 }.ToByteArray()).Problem, StringComparison.Ordinal);
        Assert.Contains("out of range", StatementCodec.DecodeRelease(new V1.Release { Deployment = "x", Sequence = ulong.MaxValue }.ToByteArray()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Ends_in_a_value_or_a_problem_for_random_bytes()
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            var samples = new Samples(seed);
            ReadEverything(samples.Bytes(samples.Next(64)));
        }
    }

    [Fact]
    public void Ends_in_a_value_or_a_problem_for_damaged_bundles()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var samples = new Samples(seed);
            foreach (var good in new[] { BundleCodec.Encode(samples.Bundle()), ReleaseCodec.Encode(samples.Release()), ReleaseCodec.Encode(samples.HostPart()) })
            {
                for (var i = 0; i < 50 && good.Length > 0; i++)
                {
                    var bytes = good.ToArray();
                    bytes[samples.Next(bytes.Length)] ^= (byte)(1 << samples.Next(8));
                    ReadEverything(i % 2 == 0 ? bytes : bytes[..samples.Next(bytes.Length)]);
                }
            }
        }
    }

    private static void ReadEverything(byte[] bytes)
    {
        OneOf(BundleCodec.Decode(bytes));
        OneOf(ReleaseCodec.Decode(bytes));
        OneOf(ReleaseCodec.DecodeHostPart(bytes));
        OneOf(StatementCodec.DecodeRelease(bytes));
        OneOf(StatementCodec.DecodeHostPart(bytes));
        OneOf(StatementCodec.DecodeOrder(bytes));
        OneOf(OperatorKey.Parse(bytes));
    }

    private static void OneOf<T>(Decoded<T> decoded)
        where T : class => Assert.True(decoded.Value is null != decoded.Problem is null);

    private static Bundle Nested(int blocks, Value? argument = null)
    {
        var node = new TaskNode { Id = "0/0", Name = Value.Of("x"), Action = new ModuleCall("debug", MapValue.From(("msg", argument ?? Value.Null)), null, "") };
        for (var i = 0; i < blocks; i++)
        {
            node = new TaskNode { Id = "0/0", Name = Value.Of("x"), Action = new Block([node], [], []) };
        }
        return new Bundle { Playbook = "x.yml", Plays = [new Play { Name = Value.Of("x"), Hosts = "all", Tasks = ImmutableArray.Create(node) }] };
    }
}
