using System.Runtime.InteropServices;

namespace FlaskDeploy.Agent.Machine.Native;

/// <summary>struct stat of Linux on x86_64. statx(2) is younger than CentOS 7's kernel.</summary>
[StructLayout(LayoutKind.Explicit, Size = 144)]
internal struct FileStatus
{
    [FieldOffset(0)] public ulong Device;
    [FieldOffset(8)] public ulong Inode;
    [FieldOffset(16)] public ulong Links;
    [FieldOffset(24)] public uint TypeAndMode;
    [FieldOffset(28)] public uint Uid;
    [FieldOffset(32)] public uint Gid;
    [FieldOffset(40)] public ulong DeviceType;
    [FieldOffset(48)] public long Size;
    [FieldOffset(56)] public long BlockSize;
    [FieldOffset(64)] public long Blocks;
    [FieldOffset(72)] public long AccessedSeconds;
    [FieldOffset(80)] public long AccessedNanoseconds;
    [FieldOffset(88)] public long ModifiedSeconds;
    [FieldOffset(96)] public long ModifiedNanoseconds;
    [FieldOffset(104)] public long ChangedSeconds;
    [FieldOffset(112)] public long ChangedNanoseconds;

    public readonly int Mode => (int)(TypeAndMode & 0xFFF);

    public readonly PathKind Kind => (TypeAndMode & 0xF000) switch
    {
        0x8000 => PathKind.File,
        0x4000 => PathKind.Directory,
        0xA000 => PathKind.Link,
        _ => PathKind.Other,
    };

    public readonly SpecialKind Special => (TypeAndMode & 0xF000) switch
    {
        0x6000 => SpecialKind.BlockDevice,
        0x2000 => SpecialKind.CharacterDevice,
        0x1000 => SpecialKind.Fifo,
        0xC000 => SpecialKind.Socket,
        _ => SpecialKind.None,
    };

    public readonly PathAnswer ToAnswer(string? target) => new(Kind)
    {
        Special = Special,
        Mode = Mode,
        Uid = Uid,
        Gid = Gid,
        Size = Size,
        BlockSize = BlockSize,
        Blocks = Blocks,
        DeviceType = DeviceType,
        Device = Device,
        Inode = Inode,
        Links = (uint)Links,
        Modified = (ModifiedSeconds * 1_000_000_000) + ModifiedNanoseconds,
        Changed = (ChangedSeconds * 1_000_000_000) + ChangedNanoseconds,
        Accessed = (AccessedSeconds * 1_000_000_000) + AccessedNanoseconds,
        Target = target,
    };
}
