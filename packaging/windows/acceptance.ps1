<#
.SYNOPSIS
Looks at what godeploy can only be seen to do on a real Windows server. One line for each verdict.

.DESCRIPTION
For the owner of a test server, from an elevated Windows PowerShell 5.1:

    powershell -ExecutionPolicy Bypass -File acceptance.ps1 -GoDeploy C:\godeploy\godeploy.exe -Service C:\shop\shop.exe

It touches: portproxy rules for -PublicPort alone (made, changed, deleted; every other rule is left as it is), one app
called "accept" with its two services, the folder -Folder, and with -RestartIpHelper the service iphlpsvc, whose restart
cuts EVERY connection that portproxy carries on this machine. In the end all of that is taken away again. While it
runs, a security product may report changes of portproxy: they are these.

-Service is any program that serves HTTP: it is started as SERVICE --listen 127.0.0.1:PORT and answers /healthz
with 200; without it group T7 is left out.

Verdicts: PASS, FAIL; SEEN is a fact that nobody knew before, for which there is no right answer; SKIP says why.
Exit status: 0 if nothing failed, 1 if something did, 2 if it could not begin.

No author of godeploy has run this script yet: it was written from Microsoft's documentation.
#>
param(
    [Parameter(Mandatory = $true)][string]$GoDeploy,
    [string]$Service = '',
    [string[]]$Group = @('T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7'),
    [string]$Folder = (Join-Path $env:ProgramData 'godeploy-acceptance'),
    [int]$PublicPort = 18080,
    [int]$BluePort = 18081,
    [int]$GreenPort = 18082,
    [int]$Flips = 200,
    [switch]$RestartIpHelper,
    [switch]$AfterBoot,
    [switch]$Yes
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$script:failed = 0
$netsh = Join-Path $env:SystemRoot 'System32\netsh.exe'
$settings = Join-Path $Folder 'godeploy.yaml'

function Write-Verdict([string]$Kind, [string]$Test, [string]$Text) {
    if ($Kind -eq 'FAIL') { $script:failed++ }
    Write-Output ('{0,-4} {1,-3} {2}' -f $Kind, $Test, $Text)
}

function Confirm-That([bool]$Good, [string]$Test, [string]$Text) {
    if ($Good) { Write-Verdict 'PASS' $Test $Text } else { Write-Verdict 'FAIL' $Test $Text }
}

# ---- servers and clients, in C# as old as PowerShell 5.1 compiles ----

$helpers = @'
using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

// Says its name five times a second on each connection, until the other side ends it.
public class NamedServer {
    TcpListener listener;
    byte[] name;
    volatile bool stopped;
    public NamedServer(IPAddress address, int port, string said) {
        name = Encoding.ASCII.GetBytes(said + "\n");
        listener = new TcpListener(address, port);
        listener.Server.ExclusiveAddressUse = true;
        listener.Start(1000);
        Thread thread = new Thread(Accept);
        thread.IsBackground = true;
        thread.Start();
    }
    void Accept() {
        while (!stopped) {
            try {
                TcpClient client = listener.AcceptTcpClient();
                ThreadPool.QueueUserWorkItem(delegate { Talk(client); });
            } catch (Exception) { return; }
        }
    }
    void Talk(TcpClient client) {
        try {
            while (!stopped) { client.GetStream().Write(name, 0, name.Length); Thread.Sleep(200); }
        } catch (Exception) { }
        client.Close();
    }
    public void Stop() { stopped = true; listener.Stop(); }
}

// A connection that is held, and who spoke on it last.
public class HeldConnection {
    TcpClient client = new TcpClient();
    public HeldConnection(int port) { client.Connect("127.0.0.1", port); client.ReceiveTimeout = 3000; }
    public string Next() {
        StringBuilder text = new StringBuilder();
        try {
            while (client.Available > 0) { client.GetStream().ReadByte(); }
            while (true) {
                int got = client.GetStream().ReadByte();
                if (got < 0) { return ""; }
                if (got == '\n' && text.Length > 0) { return text.ToString(); }
                if (got != '\n') { text.Append((char)got); }
            }
        } catch (Exception) { return ""; }
    }
    public void Close() { client.Close(); }
}

// Opens connections one after the other, in so many threads, and counts.
public class Knocker {
    public int Made, Refused;
    volatile bool stopped;
    List<Thread> threads = new List<Thread>();
    public Knocker(int port, int many) {
        for (int i = 0; i < many; i++) {
            Thread thread = new Thread(delegate() { Knock(port); });
            thread.IsBackground = true;
            threads.Add(thread);
            thread.Start();
        }
    }
    void Knock(int port) {
        byte[] one = new byte[1];
        while (!stopped) {
            try {
                using (TcpClient client = new TcpClient()) {
                    client.Connect("127.0.0.1", port);
                    client.ReceiveTimeout = 5000;
                    if (client.GetStream().Read(one, 0, 1) == 1) { Interlocked.Increment(ref Made); }
                    else { Interlocked.Increment(ref Refused); }
                }
            } catch (Exception) { Interlocked.Increment(ref Refused); }
        }
    }
    public void Stop() { stopped = true; foreach (Thread thread in threads) { thread.Join(10000); } }
}
'@

# ---- portproxy ----

function Invoke-Netsh([string[]]$Words) {
    $null = & $netsh interface portproxy @Words 2>&1
    return $LASTEXITCODE
}

function Set-Rule([int]$Port) {
    return Invoke-Netsh @('set', 'v4tov4', 'listenaddress=0.0.0.0', "listenport=$PublicPort",
        'connectaddress=127.0.0.1', "connectport=$Port", 'protocol=tcp')
}

function Remove-Rule {
    return Invoke-Netsh @('delete', 'v4tov4', 'listenaddress=0.0.0.0', "listenport=$PublicPort", 'protocol=tcp')
}

function Get-HelperPid {
    return [int](Get-CimInstance Win32_Service -Filter "Name='iphlpsvc'").ProcessId
}

function Test-HelperListens {
    $rows = @(Get-NetTCPConnection -State Listen -LocalPort $PublicPort -ErrorAction SilentlyContinue)
    return @($rows | Where-Object { $_.OwningProcess -eq (Get-HelperPid) }).Count -gt 0
}

function Wait-Until([scriptblock]$Condition, [int]$Seconds) {
    $end = (Get-Date).AddSeconds($Seconds)
    while ((Get-Date) -lt $end) {
        if (& $Condition) { return $true }
        Start-Sleep -Milliseconds 100
    }
    return [bool](& $Condition)
}

function Get-Speaker {
    try { $held = New-Object HeldConnection $PublicPort } catch { return '' }
    $name = $held.Next()
    $held.Close()
    return $name
}

# ---- the groups ----

function Test-T1 {
    $null = Set-Rule $BluePort
    Confirm-That (Wait-Until { Test-HelperListens } 10) 'T1' 'iphlpsvc listens once a rule is set'
    $held = New-Object HeldConnection $PublicPort
    Confirm-That ($held.Next() -eq 'blue') 'T1' 'a connection reaches the target of the rule'
    $null = Set-Rule $GreenPort
    Confirm-That (Wait-Until { (Get-Speaker) -eq 'green' } 10) 'T1' 'a new connection reaches the new target after `set`'
    Confirm-That ($held.Next() -eq 'blue') 'T1' 'an open connection goes on to the old target after `set`'
    $null = & sc.exe control iphlpsvc paramchange
    Write-Verdict 'SEEN' 'T1' ('open connection after PARAMCHANGE: ' + $(if ($held.Next()) { 'lives' } else { 'cut' }))
    $null = Remove-Rule
    Start-Sleep -Seconds 2
    Write-Verdict 'SEEN' 'T1' ('open connection after `delete`: ' + $(if ($held.Next()) { 'lives' } else { 'cut' }))
    if ($RestartIpHelper) {
        Restart-Service iphlpsvc -Force
        Write-Verdict 'SEEN' 'T1' ('open connection after a restart of iphlpsvc: ' + $(if ($held.Next()) { 'lives' } else { 'cut' }))
    } else {
        Write-Verdict 'SKIP' 'T1' 'restart of iphlpsvc: give -RestartIpHelper if nobody needs its connections'
    }
    $held.Close()
}

function Test-T2 {
    $null = Set-Rule $BluePort
    $null = Wait-Until { (Get-Speaker) -eq 'blue' } 10
    $knocker = New-Object Knocker $PublicPort, 4
    for ($i = 0; $i -lt $Flips; $i++) {
        $null = Set-Rule $(if ($i % 2) { $BluePort } else { $GreenPort })
    }
    $knocker.Stop()
    Confirm-That ($knocker.Made -gt 0 -and $knocker.Refused -eq 0) 'T2' ("{0} connections over {1} flips, {2} refused" -f $knocker.Made, $Flips, $knocker.Refused)
}

function Test-T3 {
    $null = Set-Rule $BluePort
    $null = Wait-Until { (Get-Speaker) -eq 'blue' } 10
    foreach ($many in 1, 10, 50, 100) {
        $before = (Get-Process -Id (Get-HelperPid)).HandleCount
        $knocker = New-Object Knocker $PublicPort, $many
        Start-Sleep -Seconds 10
        $knocker.Stop()
        $after = (Get-Process -Id (Get-HelperPid)).HandleCount
        $direct = New-Object Knocker $BluePort, $many
        Start-Sleep -Seconds 10
        $direct.Stop()
        Write-Verdict 'SEEN' 'T3' ("{0} at a time: {1}/s and {2} refused by the rule, {3}/s and {4} refused direct; handles of iphlpsvc {5} to {6}" -f $many, [int]($knocker.Made / 10), $knocker.Refused, [int]($direct.Made / 10), $direct.Refused, $before, $after)
    }
}

function Test-T4 {
    if (-not $AfterBoot -and $Group.Count -gt 1) {
        Write-Verdict 'SKIP' 'T4' 'it needs a restart: run it alone, with -Group T4'
        return
    }
    if (-not $AfterBoot) {
        $null = Set-Rule $BluePort
        $script:keepRule = $true
        Write-Verdict 'SKIP' 'T4' 'the rule is left in place: restart Windows, then run this again with -Group T4 -AfterBoot'
        return
    }
    $up = (Get-Date) - (Get-CimInstance Win32_OperatingSystem).LastBootUpTime
    Confirm-That (Test-HelperListens) 'T4' ("iphlpsvc listens for the rule, {0} s after the start of Windows" -f [int]$up.TotalSeconds)
    Confirm-That ((Get-Speaker) -eq 'blue') 'T4' 'and carries connections'
}

function Test-T5 {
    Write-Verdict 'SEEN' 'T5' ('language ' + (Get-Culture).Name + ', Windows ' + [Environment]::OSVersion.Version)
    Confirm-That ((Set-Rule $BluePort) -eq 0) 'T5' '`set` of a rule ends with 0'
    Confirm-That ((Set-Rule $BluePort) -eq 0) 'T5' '`set` of the same rule ends with 0'
    Confirm-That ((Remove-Rule) -eq 0) 'T5' '`delete` of a rule ends with 0'
    Confirm-That ((Remove-Rule) -ne 0) 'T5' '`delete` of a rule that is not there does not'
    $words = @('set', 'v4tov4', 'listenaddress=999.1.1.1', "listenport=$PublicPort", 'connectaddress=127.0.0.1', "connectport=$BluePort", 'protocol=tcp')
    Write-Verdict 'SEEN' 'T5' ('`set` of a bad address ends with ' + (Invoke-Netsh $words))
    $null = Invoke-Netsh @('delete', 'v4tov4', 'listenaddress=999.1.1.1', "listenport=$PublicPort", 'protocol=tcp')
    if ($RestartIpHelper) {
        Stop-Service iphlpsvc -Force
        Write-Verdict 'SEEN' 'T5' ('`set` while iphlpsvc is stopped ends with ' + (Set-Rule $BluePort))
        Start-Service iphlpsvc
        Confirm-That (Wait-Until { Test-HelperListens } 15) 'T5' 'the rule is listened on once iphlpsvc runs again'
    } else {
        Write-Verdict 'SKIP' 'T5' 'iphlpsvc stopped: needs -RestartIpHelper'
    }
    Write-Verdict 'SKIP' 'T5' 'not elevated: run `netsh interface portproxy set ...` by hand from a plain prompt; it must not end with 0'
}

function Test-T6 {
    $null = Remove-Rule
    $null = Wait-Until { -not (Test-HelperListens) } 10
    $app = New-Object NamedServer ([System.Net.IPAddress]::Any), $PublicPort, 'app'
    $code = Set-Rule $BluePort
    Start-Sleep -Seconds 2
    Write-Verdict 'SEEN' 'T6' ("app first, then the rule: netsh ends with {0}, iphlpsvc listens: {1}, {2} answers" -f $code, (Test-HelperListens), (Get-Speaker))
    $app.Stop()
    $null = & sc.exe control iphlpsvc paramchange
    Confirm-That (Wait-Until { (Get-Speaker) -eq 'blue' } 10) 'T6' 'PARAMCHANGE has it listened on once the port is free'
    try {
        $app = New-Object NamedServer ([System.Net.IPAddress]::Any), $PublicPort, 'app'
        Write-Verdict 'SEEN' 'T6' ('the rule first, then an app on the wildcard: both start, and ' + (Get-Speaker) + ' answers')
        $app.Stop()
    } catch {
        Write-Verdict 'SEEN' 'T6' 'the rule first, then an app on the wildcard: the app is refused'
    }
}

function Invoke-GoDeploy([string[]]$Words) {
    $output = & $GoDeploy @Words 2>&1 | Out-String
    return New-Object PSObject -Property @{ Status = $LASTEXITCODE; Output = $output.Trim() }
}

function New-Release([string]$Version) {
    $payload = Join-Path $Folder "payload-$Version"
    $archive = Join-Path $Folder "accept_$Version.zip"
    $null = New-Item -ItemType Directory -Force $payload
    Copy-Item $Service (Join-Path $payload 'service.exe')
    $packed = Invoke-GoDeploy @('pack', $payload, '-o', $archive, '--name', 'accept', '--version', $Version)
    $signed = Invoke-GoDeploy @('sign', $archive, '--key', (Join-Path $Folder 'release.key'))
    Confirm-That ($packed.Status -eq 0 -and $signed.Status -eq 0) 'T7' "release $Version is packed and signed"
}

function Write-Settings {
    $place = $Folder.Replace('\', '/')
    $lines = @(
        'app: accept', "root: '$place/root'",
        "release: { source: '$place/accept_{version}.zip' }",
        "verify: { rsa: { keys: ['$place/release.pem'] } }",
        'service: { command: [service.exe, --listen, "127.0.0.1:{port}"], runner: service, preset: go-production }',
        "traffic: { engine: portproxy, listen: ['0.0.0.0:$PublicPort'], slots: [$BluePort, $GreenPort] }")
    [System.IO.File]::WriteAllLines($settings, $lines)
}

function Test-Account([string]$Name) {
    $service = Get-CimInstance Win32_Service -Filter "Name='$Name'"
    Confirm-That ($null -ne $service -and $service.StartName -eq "NT SERVICE\$Name") 'T7' "service $Name runs as its virtual account"
}

function Test-Restart([string]$Name) {
    $before = [int](Get-CimInstance Win32_Service -Filter "Name='$Name'").ProcessId
    if ($before -eq 0) { Write-Verdict 'FAIL' 'T7' "service $Name does not run"; return }
    Stop-Process -Id $before -Force
    $back = Wait-Until { $now = [int](Get-CimInstance Win32_Service -Filter "Name='$Name'").ProcessId; $now -ne 0 -and $now -ne $before } 120
    Confirm-That $back 'T7' "Windows starts service $Name again after it was killed"
}

function Test-T7 {
    if ($Service -eq '') { Write-Verdict 'SKIP' 'T7' 'no -Service was given'; return }
    $null = Remove-Rule
    $key = Invoke-GoDeploy @('keygen', '-o', (Join-Path $Folder 'release'))
    Confirm-That ($key.Status -eq 0) 'T7' 'a key is made'
    Write-Settings
    foreach ($version in '1.0.0', '2.0.0') {
        New-Release $version
        $began = Get-Date
        $deployed = Invoke-GoDeploy @('deploy', '--version', $version, '--file', $settings)
        Confirm-That ($deployed.Status -eq 0) 'T7' ("release {0} is deployed, in {1} s (the first start of a new build is scanned)" -f $version, [int]((Get-Date) - $began).TotalSeconds)
        if ($deployed.Status -ne 0) { Write-Output $deployed.Output; return }
    }
    Test-Account 'godeploy-accept-green'
    $acl = (Get-Acl (Join-Path $Folder 'root\accept\releases\2.0.0')).Access | ForEach-Object { $_.IdentityReference.Value }
    Confirm-That (@($acl | Where-Object { $_ -match 'Everyone|Users$' }).Count -eq 0) 'T7' ('who may read the release: ' + ($acl -join ', '))
    Test-Restart 'godeploy-accept-green'
    $doctor = Invoke-GoDeploy @('doctor', '--file', $settings)
    Write-Verdict 'SEEN' 'T7' ("godeploy doctor ends with {0}:`n{1}" -f $doctor.Status, $doctor.Output)
    $events = @(Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = 'godeploy' } -MaxEvents 50 -ErrorAction SilentlyContinue)
    Write-Verdict 'SEEN' 'T7' ("{0} entries of godeploy in the Event Log (none before godeploy install)" -f $events.Count)
}

# ---- from begin to end ----

function Test-Elevated {
    $me = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
    return $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

function Stop-Begin([string]$Why) {
    Write-Output "cannot begin: $Why"
    exit 2
}

function Remove-Everything {
    foreach ($slot in 'blue', 'green') {
        $name = "godeploy-accept-$slot"
        if (Get-Service $name -ErrorAction SilentlyContinue) {
            $null = & sc.exe failure $name reset= 0 actions= '""'
            Stop-Service $name -Force -ErrorAction SilentlyContinue
            $null = & sc.exe delete $name
        }
    }
    if (-not $script:keepRule) { $null = Remove-Rule }
    Remove-Item -Recurse -Force $Folder -ErrorAction SilentlyContinue
    Write-Output $(if (Test-Path $Folder) { "left: $Folder" } else { 'everything that was made is gone again' })
}

$script:keepRule = $false
if (-not (Test-Elevated)) { Stop-Begin 'open Windows PowerShell with "Run as administrator"' }
if (-not (Test-Path $GoDeploy)) { Stop-Begin "$GoDeploy is not there" }
if (Test-Path $Folder) { Stop-Begin "$Folder is there already; remove it, or name another -Folder" }
$key = 'HKLM:\SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp'
if (-not $AfterBoot -and (Test-Path $key) -and ((Get-Item $key).Property -contains "0.0.0.0/$PublicPort")) {
    Stop-Begin "there is a portproxy rule for port $PublicPort; name another -PublicPort"
}
Write-Output "touches: portproxy rules for port $PublicPort, services godeploy-accept-blue and -green, $Folder$(if ($RestartIpHelper) { ', and restarts iphlpsvc' })"
if (-not $Yes -and (Read-Host 'go on? (yes/no)') -ne 'yes') { exit 2 }
Add-Type -TypeDefinition $helpers
$null = New-Item -ItemType Directory $Folder
$servers = @()
try {
    foreach ($name in $Group) {
        if ($name -notmatch '^T[1-7]$') { Write-Verdict 'FAIL' $name 'there is no such group'; continue }
        if ($servers.Count -eq 0 -and $name -ne 'T7') {
            $servers = @((New-Object NamedServer ([System.Net.IPAddress]::Loopback), $BluePort, 'blue'),
                (New-Object NamedServer ([System.Net.IPAddress]::Loopback), $GreenPort, 'green'))
        }
        if ($name -eq 'T7') { foreach ($server in $servers) { $server.Stop() }; $servers = @() }
        try { & "Test-$name" } catch { Write-Verdict 'FAIL' $name ('it broke off: ' + $_) }
    }
} finally {
    foreach ($server in $servers) { $server.Stop() }
    Remove-Everything
}
Write-Output $(if ($script:failed -gt 0) { "$($script:failed) failed" } else { 'nothing failed' })
exit $(if ($script:failed -gt 0) { 1 } else { 0 })
