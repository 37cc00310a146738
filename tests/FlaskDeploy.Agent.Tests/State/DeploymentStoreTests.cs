using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.State;

public sealed class DeploymentStoreTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private DeploymentStore Open() => new(_scratch["deployments"]);

    [Fact]
    public void Knows_after_a_restart_what_was_updated_and_not_what_was_only_remembered()
    {
        var store = Open();
        store.Update("site", record => record with { Sequence = 7, PendingHandlers = ["x"], Owed = new Owed(["0/1"], ["0/8"]) });
        store.Remember("site", record => record with { LastResult = "Unchanged" });
        Assert.Equal("Unchanged", store.Get("site").LastResult);

        var read = Open().Get("site");

        Assert.Equal((7ul, null), (read.Sequence, read.LastResult));
        Assert.Equal(["x"], read.PendingHandlers);
        Assert.Equal(["0/8"], read.Owed.Stretches);
    }

    [Fact]
    public void Two_who_update_at_once_lose_nothing()
    {
        var store = Open();

        Parallel.For(0, 50, _ => store.Update("site", record => record with { Order = record.Order + 1 }));

        Assert.Equal(50ul, store.Get("site").Order);
        Assert.Equal(50ul, Open().Get("site").Order);
    }

    [Fact]
    public void All_can_be_gone_over_while_one_is_added()
    {
        var store = Open();
        store.Update("a", record => record);
        foreach (var record in store.All)
        {
            store.Update($"{record.Name}b", other => other);
        }

        Assert.Equal(["a", "ab"], store.All.Select(record => record.Name));
    }

    [Fact]
    public void A_state_that_cannot_be_read_hides_neither_the_others_nor_the_revision()
    {
        var store = Open();
        store.Update("good", record => record);
        store.Update("bad", record => record);
        store.SaveAssignment("bad", [1, 2]);
        store.SaveBaseline("bad", new Baseline(1, default, [], []));
        File.WriteAllText(_scratch["deployments/bad/state.json"], "{ torn");
        File.WriteAllText(_scratch["deployments/bad/baseline.json"], "{ torn");

        var read = Open();

        Assert.Equal(["good"], read.All.Select(record => record.Name));
        Assert.Equal(["bad"], read.Assigned);
        Assert.Null(read.LoadBaseline("bad"));
    }

    [Theory]
    [InlineData("site", true)]
    [InlineData("Site-1.b_c", true)]
    [InlineData("", false)]
    [InlineData(".hidden", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    public void A_name_is_a_folder_or_refused(string name, bool good)
    {
        Assert.Equal(good, DeploymentStore.IsValidName(name));
        Assert.False(DeploymentStore.IsValidName(new string('x', 65)));
        if (!good)
        {
            Assert.Throws<ArgumentException>(() => Open().Update(name, record => record));
        }
    }

    [Fact]
    public void A_baseline_can_be_taken_away()
    {
        var store = Open();
        store.SaveBaseline("site", new Baseline(1, default, [], []));
        store.SaveBaseline("site", null);
        store.SaveBaseline("site", null);

        Assert.Null(Open().LoadBaseline("site"));
    }

    [Fact]
    public void A_write_that_cannot_be_made_leaves_what_was_there()
    {
        var store = Open();
        store.Update("site", record => record with { Sequence = 1 });
        Directory.CreateDirectory(_scratch["deployments/site/state.json.new"]);

        Assert.ThrowsAny<Exception>(() => store.Update("site", record => record with { Sequence = 2 }));

        Assert.Equal(1ul, store.Get("site").Sequence);
        Assert.Equal(1ul, Open().Get("site").Sequence);
    }

    [Fact]
    public void A_blob_has_its_name_only_with_its_content()
    {
        var blobs = new BlobStore(_scratch["blobs"]);
        var digest = Digest.Of("content"u8);
        Assert.Throws<InvalidDataException>(() => blobs.Add(digest, "other"u8));
        using (var writer = blobs.Begin(digest))
        {
            writer.Write("other"u8);
            Assert.Throws<InvalidDataException>(writer.Complete);
        }
        Assert.False(blobs.Contains(digest));
        using (var cut = blobs.Begin(digest))
        {
            cut.Write("con"u8);
        }
        Assert.Empty(Directory.EnumerateFiles(_scratch["blobs"]));
        using (var writer = blobs.Begin(digest))
        {
            writer.Write("con"u8);
            writer.Write("tent"u8);
            writer.Complete();
        }

        Assert.Equal("content"u8.ToArray(), blobs.Read(digest));
    }

    [Fact]
    public void Parts_that_a_crash_left_are_swept_and_what_nobody_names_is_collected()
    {
        var blobs = new BlobStore(_scratch["blobs"]);
        var (kept, gone) = (Digest.Of("a"u8), Digest.Of("b"u8));
        blobs.Add(kept, "a"u8);
        blobs.Add(gone, "b"u8);
        File.WriteAllText($"{blobs.PathOf(Digest.Of("c"u8))}.part", "torn");

        blobs = new BlobStore(_scratch["blobs"]);

        Assert.Equal(1, blobs.Collect(ImmutableHashSet.Create(kept)));
        Assert.Equal(blobs.PathOf(kept), Assert.Single(Directory.EnumerateFiles(_scratch["blobs"])));
    }
}
