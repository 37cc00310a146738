using System.Globalization;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>What the firmware says of the machine (DMI). What is not told, or is only told to root, is <c>NA</c>, as Ansible has it.</summary>
internal static class FirmwareFacts
{
    private const string Unknown = "NA";

    // SMBIOS, system enclosure types, by number.
    private static readonly string[] Forms =
    [
        "Unknown", "Other", "Unknown", "Desktop", "Low Profile Desktop", "Pizza Box", "Mini Tower", "Tower", "Portable", "Laptop", "Notebook", "Hand Held",
        "Docking Station", "All In One", "Sub Notebook", "Space-saving", "Lunch Box", "Main Server Chassis", "Expansion Chassis", "Sub Chassis", "Bus Expansion Chassis",
        "Peripheral Chassis", "RAID Chassis", "Rack Mount Chassis", "Sealed-case PC", "Multi-system", "CompactPCI", "AdvancedTCA", "Blade", "Blade Enclosure",
        "Tablet", "Convertible", "Detachable", "IoT Gateway", "Embedded PC", "Mini PC", "Stick PC",
    ];

    private static readonly (string Fact, string File)[] Named =
    [
        ("bios_date", "bios_date"), ("bios_vendor", "bios_vendor"), ("bios_version", "bios_version"),
        ("board_asset_tag", "board_asset_tag"), ("board_name", "board_name"), ("board_serial", "board_serial"), ("board_vendor", "board_vendor"), ("board_version", "board_version"),
        ("chassis_asset_tag", "chassis_asset_tag"), ("chassis_serial", "chassis_serial"), ("chassis_vendor", "chassis_vendor"), ("chassis_version", "chassis_version"),
        ("product_name", "product_name"), ("product_serial", "product_serial"), ("product_uuid", "product_uuid"), ("product_version", "product_version"),
        ("system_vendor", "sys_vendor"),
    ];

    internal static void Add(FactBook facts, KernelFiles files)
    {
        foreach (var (fact, file) in Named)
        {
            facts[fact] = files.Line($"/sys/class/dmi/id/{file}") ?? Unknown;
        }
        facts["form_factor"] = files.Line("/sys/class/dmi/id/chassis_type") is not { } type ? Unknown
            : int.TryParse(type, CultureInfo.InvariantCulture, out var number) && number >= 0 && number < Forms.Length ? Forms[number] : "unknown";
    }
}
