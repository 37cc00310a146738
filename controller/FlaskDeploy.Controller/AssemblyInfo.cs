using System.Runtime.Versioning;

// Unix sockets with credentials, file modes, systemd: there is one platform.
[assembly: SupportedOSPlatform("linux")]
