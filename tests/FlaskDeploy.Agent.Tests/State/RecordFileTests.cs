using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Tests.State;

public sealed class RecordFileTests : IDisposable
{
    private static readonly byte[][] Records = [[1], [2, 2], [3, 3, 3]];

    private readonly Scratch _scratch = new();

    private string File_ => _scratch["records"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Hands_over_what_was_appended_in_its_order()
    {
        Write(Records);

        Assert.Equal(Records, Read());
    }

    [Fact]
    public void A_tail_that_is_torn_at_any_byte_is_dropped_and_all_before_it_stands()
    {
        Write(Records);
        var whole = File.ReadAllBytes(File_);
        int[] ends = [0, 9, 9 + 10, 9 + 10 + 11];
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(File_, whole[..length]);

            var expected = ends.Count(end => end > 0 && end <= length);
            Assert.Equal(Records[..expected], Read());
            Assert.Equal(ends[expected], new FileInfo(File_).Length);
        }
    }

    [Fact]
    public void A_flipped_bit_ends_the_file_before_its_record()
    {
        Write(Records);
        var whole = File.ReadAllBytes(File_);
        for (var at = 9; at < 19; at++)
        {
            var spoilt = whole.ToArray();
            spoilt[at] ^= 0x40;
            File.WriteAllBytes(File_, spoilt);

            Assert.Equal(Records[..1], Read());
        }
    }

    [Fact]
    public void A_tail_of_zeros_is_no_record()
    {
        Write(Records);
        using (var file = File.Open(File_, FileMode.Append))
        {
            file.Write(new byte[4096]);
        }

        Assert.Equal(Records, Read());
    }

    [Fact]
    public void What_follows_a_torn_tail_is_found_again()
    {
        Write(Records);
        File.WriteAllBytes(File_, File.ReadAllBytes(File_)[..^1]);
        Write([4]);

        Assert.Equal([Records[0], Records[1], [4]], Read());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(20)]
    public void On_a_full_disk_nothing_half_written_stands_before_the_next_record(int written)
    {
        var isFull = false;
        using (var file = RecordFile.Open(File_, _ => { }, (handle, bytes, at) =>
        {
            RandomAccess.Write(handle, isFull ? bytes[..Math.Min(written, bytes.Length)] : bytes, at);
            if (isFull)
            {
                throw new IOException("No space left on device");
            }
        }))
        {
            file.Append([1]);
            isFull = true;
            Assert.Throws<IOException>(() => file.Append(new byte[30]));
            Assert.Throws<IOException>(() => file.Append(new byte[40]));
            isFull = false;
            file.Append([2]);
        }

        Assert.Equal([[1], [2]], Read());
    }

    [Fact]
    public void Refuses_what_it_would_not_read_again()
    {
        using var file = RecordFile.Open(File_, _ => { });

        Assert.Throws<ArgumentException>(() => file.Append([]));
        Assert.Throws<ArgumentException>(() => file.Append(new byte[RecordFile.LargestRecord + 1]));
        Assert.Equal(0, file.Length);
    }

    [Fact]
    public void Is_readable_by_its_owner_only()
    {
        Write(Records);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File_));
    }

    [Fact]
    public void Cleared_it_is_empty_and_goes_on()
    {
        using (var file = RecordFile.Open(File_, _ => { }))
        {
            file.Append([1]);
            file.Clear();
            file.Append([2]);
        }

        Assert.Equal([[2]], Read());
    }

    private void Write(params byte[][] records)
    {
        using var file = RecordFile.Open(File_, _ => { });
        foreach (var record in records)
        {
            file.Append(record);
        }
    }

    private List<byte[]> Read()
    {
        var found = new List<byte[]>();
        RecordFile.Open(File_, record => found.Add(record.ToArray())).Dispose();
        return found;
    }
}
