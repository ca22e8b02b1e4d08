<#
.SYNOPSIS
Looks at what godeploy can only be seen to do on a real Windows server. One line for each verdict.

.DESCRIPTION
For the owner of a test server (Windows Server 2016 or later), from an elevated, 64-bit Windows PowerShell 5.1:

    powershell -ExecutionPolicy Bypass -File acceptance.ps1 -GoDeploy C:\godeploy\godeploy.exe

acceptance.cs must lie beside it, and godeploy's other programs beside godeploy.exe. It takes about 20 minutes.

It touches: the portproxy rule for -ListenAddress and -PublicPort (made, changed, deleted), one app called "accept"
with its two services, one scheduled task and one excluded port for a moment, the Event Log source if there is none,
the folder -Folder; with -RestartIpHelper also the service iphlpsvc, whose restart cuts EVERY connection that portproxy
carries on this machine. What is there already under one of these names stops it before it begins, and what it made it
takes away again. A security product may report changes of portproxy while it runs: they are these.

Variants, each a run of its own:
  -Group T4 -BeforeBoot   leaves a release running; restart Windows; then -Group T4 -AfterBoot looks, and cleans up
  -ListenAddress A        a rule on one address: give a static one, then one that comes by DHCP (with T4)
  another language        set the display language of Windows (de-DE, zh-CN), sign in again, run -Group T5,T7
  IPv6 off                set DisabledComponents to 0xFF, restart Windows, run all, put it back

Verdicts: PASS, FAIL; SEEN is a fact that nobody knew before, for which there is no right answer; SKIP says why.
Exit status: 0 if nothing failed, 1 if something did, 2 if it could not begin.

No author of godeploy has run this script yet: it was written from Microsoft's documentation, read by a parser of the
language, and its C# compiled and tried under Mono.
#>
#Requires -Version 5.1
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)][string]$GoDeploy,
    [string[]]$Group = @('T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7'),
    [string]$Folder = (Join-Path $env:ProgramData 'godeploy-acceptance'),
    [string]$ListenAddress = '0.0.0.0',
    [int]$PublicPort = 18080,
    [int]$BluePort = 18081,
    [int]$GreenPort = 18082,
    [int]$Flips = 200,
    [int]$Rate = 300,
    [switch]$RestartIpHelper,
    [switch]$BeforeBoot,
    [switch]$AfterBoot,
    [switch]$Yes
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
# A whole path: .NET and services know nothing of the place where PowerShell stands. Without a backslash at its end,
# which would make a quote of the one that PowerShell puts around a path with blanks.
$Folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Folder).TrimEnd('\')
$system = [Environment]::SystemDirectory
$netsh = Join-Path $system 'netsh.exe'
$sc = Join-Path $system 'sc.exe'
$icacls = Join-Path $system 'icacls.exe'
$settings = Join-Path $Folder 'godeploy.yaml'
$stateFile = Join-Path $Folder 'made-by-acceptance.xml'
$taskName = 'godeploy-accept-stranger'
$services = @('godeploy-accept-blue', 'godeploy-accept-green')
$mostConnections = 7000 # two ports each, of the 16384 that Windows lends
$script:failed = 0
$script:leave = $false
$script:madeSource = $false
$script:published = $false
$script:servers = @()

function Write-Verdict([string]$Kind, [string]$Test, [string]$Text) {
    if ($Kind -eq 'FAIL') { $script:failed++ }
    Write-Output ('{0,-4} {1,-3} {2}' -f $Kind, $Test, ($Text -replace '\s*[\r\n]+\s*', ' | '))
}

function Confirm-That([bool]$Good, [string]$Test, [string]$Text) {
    if ($Good) { Write-Verdict 'PASS' $Test $Text } else { Write-Verdict 'FAIL' $Test $Text }
}

function Wait-Until([scriptblock]$Condition, [int]$Seconds) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ($clock.Elapsed.TotalSeconds -lt $Seconds) {
        if (& $Condition) { return $true }
        Start-Sleep -Milliseconds 200
    }
    return [bool](& $Condition)
}

# What a program says on stderr is no error of this script: with 'Stop' the first line of it would end us.
function Invoke-Native([string]$Program, [string[]]$Words) {
    $ErrorActionPreference = 'Continue'
    $lines = @(& $Program @Words 2>&1 | ForEach-Object { "$_" })
    return New-Object PSObject -Property @{ Status = $LASTEXITCODE; Output = ($lines -join "`n").Trim() }
}

function Invoke-GoDeploy([string[]]$Words) {
    return Invoke-Native $GoDeploy ($Words + @('--file', $settings))
}

# ---- portproxy ----

function Get-RuleWords([string]$Verb, [int]$Port) {
    $words = @('interface', 'portproxy', $Verb, 'v4tov4', "listenaddress=$ListenAddress", "listenport=$PublicPort")
    if ($Verb -eq 'set') { $words += @('connectaddress=127.0.0.1', "connectport=$Port") }
    return $words + 'protocol=tcp'
}

function Set-Rule([int]$Port) { return (Invoke-Native $netsh (Get-RuleWords 'set' $Port)).Status }

function Remove-Rule { return (Invoke-Native $netsh (Get-RuleWords 'delete' 0)).Status }

# "127.0.0.1/18081"; '' where there is no rule.
function Get-Rule {
    $key = 'HKLM:\SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp'
    if (-not (Test-Path -LiteralPath $key)) { return '' }
    return [string](Get-Item -LiteralPath $key).GetValue("$ListenAddress/$PublicPort", '')
}

function Send-ParamChange { $null = Invoke-Native $sc @('control', 'iphlpsvc', 'paramchange') }

function Get-ServicePid([string]$Name) {
    $service = Get-CimInstance -ClassName Win32_Service -Filter "Name='$Name'"
    if ($null -eq $service) { return 0 }
    return [int]$service.ProcessId
}

function Test-HelperListens {
    $helper = Get-ServicePid 'iphlpsvc'
    $rows = @(Get-NetTCPConnection -State Listen -LocalPort $PublicPort -ErrorAction SilentlyContinue)
    return @($rows | Where-Object { $_.OwningProcess -eq $helper }).Count -gt 0
}

# Whoever stops a service stops those that need it too: they are started again.
function Restart-Helper([scriptblock]$WhileStopped) {
    $running = @((Get-Service iphlpsvc).DependentServices | Where-Object { $_.Status -eq 'Running' })
    Stop-Service iphlpsvc -Force
    try { & $WhileStopped } finally {
        Start-Service iphlpsvc
        foreach ($service in $running) { Start-Service $service.Name -ErrorAction SilentlyContinue }
    }
}

# ---- clients and servers, of acceptance.cs ----

function New-Request([string]$Path) {
    return New-Object Acceptance.Request -ArgumentList $connectAddress, $PublicPort, $Path
}

# Who answers through the public port; '' for nobody.
function Get-Speaker {
    try {
        $request = New-Request '/'
        $request.Close()
        return $request.Release
    } catch { return '' }
}

function Start-Server([System.Net.IPAddress]$Address, [int]$Port, [string]$Name) {
    return New-Object Acceptance.Server -ArgumentList $Address, $Port, $Name, ''
}

function Start-Servers {
    if ($script:servers.Count -gt 0) { return }
    $loopback = [System.Net.IPAddress]::Loopback
    $script:servers = @((Start-Server $loopback $BluePort 'blue'), (Start-Server $loopback $GreenPort 'green'))
}

function Stop-Servers {
    foreach ($server in $script:servers) { $server.Stop() }
    $script:servers = @()
}

# Ports that earlier connections still hold would be taken for refusals of the relay.
function Wait-ForPorts {
    $null = Wait-Until { @(Get-NetTCPConnection -State TimeWait -ErrorAction SilentlyContinue).Count -lt 2000 } 300
}

function Measure-Knocks([int]$Port, [string]$Address, [int]$Many, [int]$Most) {
    Wait-ForPorts
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $knocker = New-Object Acceptance.Knocker -ArgumentList $Address, $Port, $Many, 0, $Most
    $null = Wait-Until { $knocker.Ended } 20
    $knocker.Stop()
    return '{0} answered in {1:n1} s, {2}' -f $knocker.Made, $clock.Elapsed.TotalSeconds, $knocker.Words()
}

function Get-Life($Held) {
    if ($Held.Next()) { return 'lives' }
    return 'cut'
}

# ---- T1: connections that are open ----

function Test-T1 {
    Start-Servers
    $null = Set-Rule $BluePort
    Confirm-That (Wait-Until { Test-HelperListens } 10) 'T1' 'iphlpsvc listens once a rule is set'
    Confirm-That (Wait-Until { (Get-Speaker) -eq 'blue' } 10) 'T1' 'a connection reaches the target of the rule'
    $held = New-Request '/held'
    $download = New-Object Acceptance.Download -ArgumentList $connectAddress, $PublicPort
    $null = Wait-Until { $download.Received -gt 16777216 } 30
    $null = Set-Rule $GreenPort
    $green = Wait-Until { (Get-Speaker) -eq 'green' } 10
    $spanned = -not $download.Ended
    Confirm-That $green 'T1' 'a new connection reaches the new target after `set`'
    Confirm-That ($held.Next() -eq 'blue') 'T1' 'an open connection goes on to the old target after `set`'
    $null = Wait-Until { $download.Ended } 300
    if ($spanned) {
        Confirm-That ($download.Whole -and $download.Release -eq 'blue') 'T1' ("a download of 1 GB goes on over `set`: {0} bytes {1}" -f $download.Received, $download.Trouble)
    } else {
        Write-Verdict 'SKIP' 'T1' 'the download of 1 GB ended before the rule was changed'
    }
    Send-ParamChange
    Start-Sleep -Seconds 2
    Write-Verdict 'SEEN' 'T1' ('open connection after PARAMCHANGE: ' + (Get-Life $held))
    $held.Close()
    $held = New-Request '/held'
    $null = Remove-Rule
    Start-Sleep -Seconds 2
    Write-Verdict 'SEEN' 'T1' ('open connection after `delete`: ' + (Get-Life $held))
    $held.Close()
    if (-not $RestartIpHelper) {
        Write-Verdict 'SKIP' 'T1' 'restart of iphlpsvc: give -RestartIpHelper if nobody needs its connections'
        return
    }
    $null = Set-Rule $BluePort
    $null = Wait-Until { (Get-Speaker) -eq 'blue' } 10
    $held = New-Request '/held'
    Restart-Helper { Start-Sleep -Seconds 1 }
    Write-Verdict 'SEEN' 'T1' ('open connection after a restart of iphlpsvc: ' + (Get-Life $held))
    $held.Close()
}

# ---- T2: a gap while a rule is changed ----

function Set-RuleByRegistry([int]$Port) {
    $key = 'HKLM:\SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp'
    Set-ItemProperty -LiteralPath $key -Name "$ListenAddress/$PublicPort" -Value "127.0.0.1/$Port"
    Send-ParamChange
}

function Measure-Flips([scriptblock]$Flip) {
    Wait-ForPorts
    $knocker = New-Object Acceptance.Knocker -ArgumentList $connectAddress, $PublicPort, 4, $Rate, $mostConnections
    $made = 0
    for ($i = 0; $i -lt $Flips -and -not $knocker.Ended; $i++) {
        $null = & $Flip $(if ($i % 2) { $BluePort } else { $GreenPort })
        $made++
    }
    $knocker.Stop()
    return New-Object PSObject -Property @{
        Lost = $knocker.Failed
        Made = $knocker.Made
        Text = '{0} connections over {1} flips, {2}' -f $knocker.Made, $made, $knocker.Words()
    }
}

function Test-T2 {
    Start-Servers
    $null = Set-Rule $BluePort
    $null = Wait-Until { (Get-Speaker) -eq 'blue' } 10
    $by = Measure-Flips { param($port) Set-Rule $port }
    Confirm-That ($by.Made -gt 0 -and $by.Lost -eq 0) 'T2' ('by `set`: ' + $by.Text)
    $by = Measure-Flips { param($port) Set-RuleByRegistry $port }
    Write-Verdict 'SEEN' 'T2' ('by the registry and PARAMCHANGE: ' + $by.Text)
}

# ---- T3: the ceiling ----

function Test-T3 {
    Start-Servers
    $null = Set-Rule $BluePort
    $null = Wait-Until { (Get-Speaker) -eq 'blue' } 10
    foreach ($many in 1, 10, 50, 100) {
        $before = (Get-Process -Id (Get-ServicePid 'iphlpsvc')).HandleCount
        $relayed = Measure-Knocks $PublicPort $connectAddress $many 3000
        $after = (Get-Process -Id (Get-ServicePid 'iphlpsvc')).HandleCount
        $direct = Measure-Knocks $BluePort '127.0.0.1' $many 3000
        Write-Verdict 'SEEN' 'T3' "$many at a time, through the rule: $relayed; direct: $direct; handles of iphlpsvc $before to $after"
    }
}

# ---- T4: a restart of Windows ----

function Get-Notes {
    $file = Join-Path $Folder 'data\notes.txt'
    if (-not (Test-Path -LiteralPath $file)) { return @() }
    return @(Get-Content -LiteralPath $file)
}

# When release $Version noted $What last, in seconds since 1970; 0: never.
function Get-Noted([string]$What, [string]$Version) {
    $lines = @(Get-Notes | Where-Object { $_ -like "$What $Version *" })
    if ($lines.Count -eq 0) { return 0 }
    return [long]($lines[-1].Split(' ')[2])
}

function Get-BootTime {
    $boot = (Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime()
    return [long]($boot - (New-Object DateTime 1970, 1, 1)).TotalSeconds
}

function Get-AddressOrigin {
    if ($ListenAddress -eq '0.0.0.0') { return 'every address' }
    $found = @(Get-NetIPAddress -IPAddress $ListenAddress -ErrorAction SilentlyContinue)
    if ($found.Count -eq 0) { return "$ListenAddress, which this machine does not have" }
    return "$ListenAddress (origin $($found[0].PrefixOrigin))"
}

function Start-BootTest {
    Write-Settings
    Publish-Release '1.0.0' 0
    if (-not $script:published) { return }
    $null = New-Item -ItemType File -Force (Join-Path $Folder 'data\linger')
    @{ ListenAddress = $ListenAddress; PublicPort = $PublicPort; BluePort = $BluePort; GreenPort = $GreenPort
        MadeSource = $script:madeSource } | Export-Clixml -LiteralPath $stateFile
    $script:leave = $true
    Write-Verdict 'SKIP' 'T4' 'release 1.0.0 is left running: restart Windows, then run this with -Group T4 -AfterBoot'
}

function Test-T4 {
    if ($BeforeBoot) { Start-BootTest; return }
    if (-not $AfterBoot) {
        Write-Verdict 'SKIP' 'T4' 'it needs a restart of Windows: -Group T4 -BeforeBoot, restart, -Group T4 -AfterBoot'
        return
    }
    $boot = Get-BootTime
    Confirm-That ((Get-Noted 'started' '1.0.0') -ne 0) 'T4' 'there is a release from before the restart'
    $listens = Wait-Until { Test-HelperListens } 300
    $uptime = [long]([DateTime]::UtcNow - (New-Object DateTime 1970, 1, 1)).TotalSeconds - $boot
    Confirm-That $listens 'T4' "iphlpsvc listens for a rule on $(Get-AddressOrigin), seen $uptime s after the boot"
    Confirm-That (Wait-Until { (Get-Speaker) -eq '1.0.0' } 300) 'T4' 'the release that served serves again, and nobody did anything'
    $again = (Get-Noted 'started' '1.0.0') - $boot
    Confirm-That ($again -gt 0) 'T4' "its service was started by Windows, $again s after the boot (delayed: about 120 s after the others)"
    $asked = Get-Noted 'asked' '1.0.0'
    $ended = Get-Noted 'ended' '1.0.0'
    Confirm-That ($asked -gt 0 -and $asked -lt $boot) 'T4' 'it was asked to stop when Windows went down (preshutdown)'
    Confirm-That ($ended - $asked -ge 20 -and $ended -lt $boot) 'T4' "and was given the $($ended - $asked) s that it took (20 were needed)"
    $off = (Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Services\Tcpip6\Parameters').PSObject.Properties['DisabledComponents']
    Write-Verdict 'SEEN' 'T4' ('DisabledComponents of IPv6: ' + $(if ($off) { '0x{0:x}' -f $off.Value } else { 'not set' }))
}

# ---- T5: netsh's answers ----

# Runs a program as LocalService, which is no administrator; its exit status, or -1.
function Invoke-AsStranger([string]$Program, [string]$Line) {
    $action = New-ScheduledTaskAction -Execute $Program -Argument $Line
    $who = New-ScheduledTaskPrincipal -UserId 'S-1-5-19' -LogonType ServiceAccount
    $null = Register-ScheduledTask -TaskName $taskName -Action $action -Principal $who
    try {
        $before = Get-Date
        Start-ScheduledTask -TaskName $taskName
        Start-Sleep -Seconds 1
        $done = Wait-Until {
            (Get-ScheduledTask -TaskName $taskName).State -eq 'Ready' -and
            (Get-ScheduledTaskInfo -TaskName $taskName).LastRunTime -ge $before.AddSeconds(-2)
        } 60
        if (-not $done) { return -1 }
        return [int64](Get-ScheduledTaskInfo -TaskName $taskName).LastTaskResult
    } finally { Unregister-ScheduledTask -TaskName $taskName -Confirm:$false }
}

function Test-T5 {
    Start-Servers
    Write-Verdict 'SEEN' 'T5' ('language ' + (Get-UICulture).Name + ', Windows ' + [Environment]::OSVersion.Version)
    Confirm-That ((Set-Rule $BluePort) -eq 0) 'T5' '`set` of a rule ends with 0'
    Confirm-That ((Get-Rule) -eq "127.0.0.1/$BluePort") 'T5' 'and the registry has it'
    Confirm-That ((Set-Rule $BluePort) -eq 0) 'T5' '`set` of the same rule ends with 0'
    $status = Invoke-AsStranger $netsh ((Get-RuleWords 'set' $GreenPort) -join ' ')
    Confirm-That ($status -ne 0 -and $status -ne -1) 'T5' "``set`` by who is not elevated ends with $status"
    Confirm-That ((Get-Rule) -eq "127.0.0.1/$BluePort") 'T5' 'and changes nothing'
    Confirm-That ((Remove-Rule) -eq 0) 'T5' '`delete` of a rule ends with 0'
    $again = Invoke-Native $netsh (Get-RuleWords 'delete' 0)
    Confirm-That ($again.Status -ne 0) 'T5' ('`delete` of a rule that is not there does not: ' + $again.Output)
    $words = @('interface', 'portproxy', 'set', 'v4tov4', 'listenaddress=999.1.1.1', "listenport=$PublicPort",
        'connectaddress=127.0.0.1', "connectport=$BluePort", 'protocol=tcp')
    $bad = Invoke-Native $netsh $words
    Write-Verdict 'SEEN' 'T5' ('`set` of a bad address ends with ' + $bad.Status + ': ' + $bad.Output)
    $null = Invoke-Native $netsh @('interface', 'portproxy', 'delete', 'v4tov4', 'listenaddress=999.1.1.1', "listenport=$PublicPort", 'protocol=tcp')
    if (-not $RestartIpHelper) {
        Write-Verdict 'SKIP' 'T5' 'iphlpsvc stopped: needs -RestartIpHelper'
        return
    }
    Restart-Helper { Write-Verdict 'SEEN' 'T5' ('`set` while iphlpsvc is stopped ends with ' + (Set-Rule $BluePort)) }
    Confirm-That (Wait-Until { Test-HelperListens } 15) 'T5' 'the rule is listened on once iphlpsvc runs again'
}

# ---- T6: two who want one port ----

function Test-T6 {
    Start-Servers
    $null = Remove-Rule
    $null = Wait-Until { -not (Test-HelperListens) } 10
    $app = Start-Server ([System.Net.IPAddress]::Any) $PublicPort 'app'
    try {
        $code = Set-Rule $BluePort
        Start-Sleep -Seconds 2
        Write-Verdict 'SEEN' 'T6' ("app first, then the rule: netsh ends with {0}, iphlpsvc listens: {1}, {2} answers" -f $code, (Test-HelperListens), (Get-Speaker))
    } finally { $app.Stop() }
    Send-ParamChange
    Confirm-That (Wait-Until { (Get-Speaker) -eq 'blue' } 10) 'T6' 'PARAMCHANGE has it listened on once the port is free'
    $app = $null
    try {
        $app = Start-Server ([System.Net.IPAddress]::Any) $PublicPort 'app'
        Write-Verdict 'SEEN' 'T6' ('the rule first, then an app on the wildcard: both start, and ' + (Get-Speaker) + ' answers')
    } catch {
        Write-Verdict 'SEEN' 'T6' 'the rule first, then an app on the wildcard: the app is refused'
    } finally { if ($null -ne $app) { $app.Stop() } }
}

# ---- T7: godeploy and its services ----

function Write-Settings {
    $place = $Folder.Replace('\', '/')
    $tries = @("write:$place/data", "write:$place/root", "write:$place/root/accept/releases", "read:$place/closed") |
        ForEach-Object { "--try, '$_'" }
    [string[]]$lines = @(
        'app: accept', "root: '$place/root'",
        "release: { source: '$place/accept_{version}.zip' }",
        "verify: { rsa: { keys: ['$place/release.pem'] } }",
        'service:',
        "  command: [./service.exe, --listen, '127.0.0.1:{port}', --release, '{release}', --notes, '$place/data', $($tries -join ', ')]",
        '  runner: service',
        '  stop_timeout: 40s',
        '  restart: { delay: 5s, times: 3 }',
        "  windows: { delayed_start: true, data: ['$place/data'] }",
        "traffic: { engine: portproxy, listen: ['${ListenAddress}:$PublicPort'], slots: [$BluePort, $GreenPort] }",
        'check: { identity: { header: X-Release } }',
        'watch: { for: 1s }',
        'drain: { in_flight: 120s }')
    [IO.File]::WriteAllLines($settings, $lines)
    foreach ($made in 'data', 'closed') { $null = New-Item -ItemType Directory -Force (Join-Path $Folder $made) }
    [IO.File]::WriteAllText((Join-Path $Folder 'closed\secret.txt'), 'x')
    $key = Invoke-Native $GoDeploy @('keygen', '-o', (Join-Path $Folder 'release'))
    Confirm-That ($key.Status -eq 0) 'T7' "a key is made $($key.Output)"
}

function New-Release([string]$Version) {
    $payload = Join-Path $Folder "payload-$Version"
    $archive = Join-Path $Folder "accept_$Version.zip"
    $null = New-Item -ItemType Directory -Force $payload
    Copy-Item -LiteralPath (Join-Path $Folder 'service.exe') -Destination $payload
    $packed = Invoke-Native $GoDeploy @('pack', $payload, '-o', $archive, '--name', 'accept', '--version', $Version)
    $signed = Invoke-Native $GoDeploy @('sign', $archive, '--key', (Join-Path $Folder 'release.key'))
    if ($packed.Status -eq 0 -and $signed.Status -eq 0) { return '' }
    return $packed.Output + ' ' + $signed.Output
}

# $script:published: whether it ended as expected.
function Publish-Release([string]$Version, [int]$Expected) {
    $script:published = $false
    $trouble = New-Release $Version
    if ($trouble) {
        Write-Verdict 'FAIL' 'T7' "release $Version is packed and signed: $trouble"
        return
    }
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $deployed = Invoke-GoDeploy @('deploy', '--version', $Version)
    $script:published = $deployed.Status -eq $Expected
    $said = $(if ($script:published) { '' } else { ': ' + $deployed.Output })
    Confirm-That $script:published 'T7' ("deploy of {0} ends with {1} after {2} s, expected {3}{4}" -f $Version, $deployed.Status, [int]$clock.Elapsed.TotalSeconds, $Expected, $said)
}

function Test-Config([string]$Name) {
    $key = Get-Item -LiteralPath "HKLM:\SYSTEM\CurrentControlSet\Services\$Name"
    Confirm-That ($key.GetValue('ObjectName') -eq "NT SERVICE\$Name") 'T7' "$Name has a virtual account of its own"
    Confirm-That ($key.GetValue('Start') -eq 2 -and $key.GetValue('DelayedAutostart') -eq 1) 'T7' "$Name starts at boot, delayed"
    Confirm-That ($key.GetValue('PreshutdownTimeout') -ge 40000) 'T7' "$Name has $($key.GetValue('PreshutdownTimeout')) ms when Windows goes down"
    Confirm-That ($key.GetValue('ServiceSidType') -eq 1) 'T7' "$Name has a SID of its own"
    Confirm-That (@($key.GetValue('DependOnService')) -contains 'iphlpsvc') 'T7' "$Name needs iphlpsvc"
    Confirm-That ($key.GetValue('FailureActionsOnNonCrashFailures') -eq 1 -and $null -ne $key.GetValue('FailureActions')) 'T7' "$Name has its recovery ladder"
}

# "write:DATA done", "read:CLOSED refused (...)": each try was given in the settings.
function Test-Access {
    $request = New-Request '/access'
    $answer = $request.Rest()
    $request.Close()
    $expected = @{ 'write:*/data' = 'done'; 'write:*/root' = 'refused'; 'write:*/root/accept/releases' = 'refused'; 'read:*/closed' = 'refused' }
    Write-Verdict 'SEEN' 'T7' ('the service runs ' + $answer.Split("`n")[0].Trim())
    foreach ($pattern in $expected.Keys) {
        $line = @($answer.Split("`n") | Where-Object { $_ -like "$pattern *" })
        $good = $line.Count -eq 1 -and $line[0] -like "$pattern $($expected[$pattern])*"
        Confirm-That $good 'T7' ("its account, expected $($expected[$pattern]): " + ($line -join '; ').Trim())
    }
}

# The folders of the app, as an account that godeploy was never told of.
function Test-Stranger {
    $place = Join-Path $Folder 'stranger'
    $report = Join-Path $place 'report.txt'
    $null = New-Item -ItemType Directory -Force $place
    Copy-Item -LiteralPath (Join-Path $Folder 'service.exe') -Destination $place
    $null = Invoke-Native $icacls @($place, '/grant', '*S-1-5-19:(OI)(CI)M')
    $private = @(Get-ChildItem -LiteralPath (Join-Path $Folder 'root') -Recurse -Directory -Filter '*.private' | ForEach-Object { $_.FullName })
    $folders = @("write:$Folder\data", "read:$Folder\root\accept\releases\2.0.0") + ($private | ForEach-Object { "read:$_" })
    $line = "--report `"$report`" " + (($folders | ForEach-Object { "--try `"$_`"" }) -join ' ')
    $status = Invoke-AsStranger (Join-Path $place 'service.exe') $line
    if (-not (Test-Path -LiteralPath $report)) { Write-Verdict 'FAIL' 'T7' "another account could not look (status $status)"; return }
    foreach ($what in @(Get-Content -LiteralPath $report | Select-Object -Skip 1)) {
        Confirm-That ($what -like '* refused *') 'T7' "another account (LocalService): $what"
    }
}

# An account that other services have too, and no boot since: access lists name the SID of the service alone.
function Test-Account {
    $text = [IO.File]::ReadAllText($settings)
    [IO.File]::WriteAllText($settings, $text.Replace('  runner: service', "  runner: service`r`n  account: LocalService"))
    Publish-Release '7.0.0' 0
    if ($script:published) { Test-Access }
    [IO.File]::WriteAllText($settings, $text)
}

# Windows counts a process that ends without a word as a failure, and starts its service again.
function Test-Ladder([string]$Name) {
    $before = Get-ServicePid $Name
    if ($before -eq 0) { Write-Verdict 'FAIL' 'T7' "service $Name does not run"; return }
    Stop-Process -Id $before -Force
    $back = Wait-Until { $now = Get-ServicePid $Name; $now -ne 0 -and $now -ne $before } 60
    Confirm-That $back 'T7' "Windows starts service $Name again after its process was killed"
    Confirm-That (Wait-Until { (Get-Speaker) -eq '2.0.0' } 60) 'T7' 'and its release serves again'
}

# A release that does not hear Ctrl-C is killed when its time is up; the ladder must not take that for a crash.
function Test-HungStop {
    Publish-Release '3.0.0' 0
    if (-not $script:published) { return }
    Publish-Release '4.0.0' 0
    if (-not $script:published) { return }
    Confirm-That ((Get-Service $services[0]).Status -eq 'Stopped') 'T7' 'a deaf release is ended when its time is up'
    Start-Sleep -Seconds 15
    Confirm-That ((Get-ServicePid $services[0]) -eq 0) 'T7' 'and Windows does not start it again'
}

# services.msc does the same: whoever holds a service open keeps its deletion waiting (error 1072).
function Test-MarkedForDeletion {
    $held = $null
    $holder = New-Object System.ServiceProcess.ServiceController $services[0]
    try {
        $held = $holder.ServiceHandle
        $null = Invoke-Native $sc @('delete', $services[0])
        $null = New-Release '5.0.0'
        $deployed = Invoke-GoDeploy @('deploy', '--version', '5.0.0')
        Confirm-That ($deployed.Status -ne 0 -and $deployed.Output -match '1072') 'T7' 'a service that is marked for deletion is named, with error 1072'
        Confirm-That ((Get-Speaker) -eq '4.0.0') 'T7' 'and the release before serves on'
    } finally {
        if ($null -ne $held) { $held.Close() }
        $holder.Close()
    }
    Publish-Release '6.0.0' 0
}

# Whether a port of an excluded range can be had. Those with a star were made by an administrator.
function Test-ExcludedRanges {
    $shown = Invoke-Native $netsh @('interface', 'ipv4', 'show', 'excludedportrange', 'protocol=tcp')
    foreach ($line in ($shown.Output -split "`r?`n")) {
        if ($line -notmatch '^\s*(\d+)\s+(\d+)\s*(\*?)\s*$') { continue }
        $first = [int]$Matches[1]
        $kind = $(if ($Matches[3]) { 'of an administrator' } else { 'of Windows' })
        try {
            $listener = New-Object System.Net.Sockets.TcpListener -ArgumentList ([System.Net.IPAddress]::Loopback), $first
            $listener.Start()
            $listener.Stop()
            $answer = 'can be had'
        } catch { $answer = 'cannot be had: ' + $_.Exception.GetBaseException().Message }
        Write-Verdict 'SEEN' 'T7' "port $first of an excluded range $kind $answer"
    }
}

function Test-Doctor {
    $marked = Join-Path $Folder 'root\accept\releases\6.0.0\service.exe'
    Set-Content -LiteralPath $marked -Stream 'Zone.Identifier' -Value @('[ZoneTransfer]', 'ZoneId=3')
    $words = @('interface', 'ipv4', 'add', 'excludedportrange', 'protocol=tcp', "startport=$GreenPort", 'numberofports=1', 'store=active')
    $excluded = Invoke-Native $netsh $words
    try {
        $doctor = Invoke-GoDeploy @('doctor', '--json')
        Confirm-That ($doctor.Output -match 'mark-of-the-web') 'T7' 'the doctor sees the mark of the web on a release'
        Write-Verdict 'SEEN' 'T7' ("side port $GreenPort is in an excluded range (netsh: $($excluded.Status)), the doctor says port-kept: " + ($doctor.Output -match 'port-kept'))
        Test-ExcludedRanges
        foreach ($wrong in 'virtualised', 'look-failed') {
            Confirm-That ($doctor.Output -notmatch "`"$wrong`"") 'T7' "the doctor does not say $wrong"
        }
    } finally {
        $words[2] = 'delete'
        if ($excluded.Status -eq 0) { $null = Invoke-Native $netsh $words }
        Remove-Item -LiteralPath $marked -Stream 'Zone.Identifier' -ErrorAction SilentlyContinue
    }
    Write-Verdict 'SEEN' 'T7' ('godeploy doctor: ' + (Invoke-GoDeploy @('doctor', '--plain')).Output)
}

# Windows fetches a root when a chain first needs it: best seen on a host that never spoke to that server.
function Test-PublicRoot {
    $public = Join-Path $Folder 'public.yaml'
    $source = "release: { source: 'https://letsencrypt.org/accept_{version}.zip' }"
    [string[]]$lines = [IO.File]::ReadAllLines($settings) -replace '^release: .*$', $source
    [IO.File]::WriteAllLines($public, $lines)
    $doctor = Invoke-Native $GoDeploy @('doctor', '--plain', '--file', $public)
    $seen = @($doctor.Output.Split("`n") | Where-Object { $_ -like '*letsencrypt*' }) -join '; '
    Write-Verdict 'SEEN' 'T7' ('a public server, with the roots of Windows: ' + $seen)
}

function Test-EventLog([DateTime]$Began) {
    $query = "*[System[Provider[@Name='godeploy']]]"
    $found = @()
    try { $found = @(Get-WinEvent -LogName Application -FilterXPath $query -MaxEvents 200 | Where-Object { $_.TimeCreated -ge $Began }) } catch { }
    foreach ($id in 100, 110, 400, 310) {
        $entry = @($found | Where-Object { $_.Id -eq $id })
        Confirm-That ($entry.Count -gt 0 -and $entry[0].Message -match 'accept') 'T7' ("Event Log entry {0}: {1}" -f $id, $(if ($entry.Count -gt 0) { ("$($entry[0].Message)" -split "`r?`n")[0] } else { 'none' }))
    }
}

function Test-T7 {
    Stop-Servers
    $null = Remove-Rule
    $began = (Get-Date).AddSeconds(-1)
    Write-Settings
    Publish-Release '1.0.0' 0
    if (-not $script:published) { return }
    Confirm-That ((Get-Speaker) -eq '1.0.0') 'T7' 'release 1.0.0 answers through portproxy'
    $download = New-Object Acceptance.Download -ArgumentList $connectAddress, $PublicPort
    $null = Wait-Until { $download.Received -gt 1048576 } 30
    Publish-Release '2.0.0' 0
    if (-not $script:published) { return }
    $null = Wait-Until { $download.Ended } 300
    $whole = $download.Whole -and $download.Release -eq '1.0.0'
    if ($whole -and $download.After -ne '2.0.0') {
        Write-Verdict 'SKIP' 'T7' 'the download of 1 GB ended before the deployment had flipped'
    } else {
        Confirm-That $whole 'T7' ("a download of 1 GB begun before a deployment is whole: {0} bytes {1}" -f $download.Received, $download.Trouble)
    }
    Test-Config $services[1]
    Test-Access
    Test-Stranger
    Test-Ladder $services[1]
    Test-HungStop
    Test-MarkedForDeletion
    Test-Doctor
    Test-PublicRoot
    Test-Account
    Test-EventLog $began
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

function Test-Source { return Test-Path -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\godeploy' }

# The name of something that is there and that we would touch; '' if there is none.
function Find-Namesake {
    if (Test-Path -LiteralPath $Folder) { return "$Folder is there already: remove it, or name another -Folder" }
    if (Get-Rule) { return "there is a portproxy rule for ${ListenAddress}:$PublicPort; name another -PublicPort" }
    foreach ($name in $services) {
        if (Get-Service $name -ErrorAction SilentlyContinue) { return "there is a service $name already" }
    }
    if (Get-ScheduledTask -TaskName $taskName -ErrorAction SilentlyContinue) { return "there is a task $taskName already" }
    foreach ($port in $PublicPort, $BluePort, $GreenPort) {
        $rows = @(Get-NetTCPConnection -State Listen -LocalPort $port -ErrorAction SilentlyContinue)
        if ($rows.Count -gt 0) { return "process $($rows[0].OwningProcess) listens on port $port; name another" }
    }
    return ''
}

function Remove-Everything {
    foreach ($name in $services) {
        if (Get-Service $name -ErrorAction SilentlyContinue) {
            $null = Invoke-Native $sc @('config', $name, 'start=', 'disabled')
            Stop-Service $name -Force -ErrorAction SilentlyContinue
            $null = Invoke-Native $sc @('delete', $name)
        }
    }
    if (Get-Rule) { $null = Remove-Rule }
    if ($script:madeSource) { $null = Invoke-Native $GoDeploy @('install', '--remove') }
    $null = Wait-Until { Remove-Item -LiteralPath $Folder -Recurse -Force -ErrorAction SilentlyContinue; -not (Test-Path -LiteralPath $Folder) } 20
    Write-Output $(if (Test-Path -LiteralPath $Folder) { "left: $Folder" } else { 'everything that was made is gone again' })
}

# Administrators and the system, and nobody else: what the services may use, godeploy must open to them.
function New-Place {
    $null = New-Item -ItemType Directory $Folder
    $null = Invoke-Native $icacls @($Folder, '/inheritance:r', '/grant:r', '*S-1-5-32-544:(OI)(CI)F', '*S-1-5-18:(OI)(CI)F')
    # Not by Add-Type, which this session has read the same source with: it keeps, and may lock, what it compiled.
    $csc = Join-Path ([Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory()) 'csc.exe'
    $compiled = Invoke-Native $csc @('/nologo', '/target:exe', "/out:$(Join-Path $Folder 'service.exe')", $code)
    if ($compiled.Status -ne 0) { throw "service.exe could not be compiled: $($compiled.Output)" }
    if (-not (Test-Source)) {
        $installed = Invoke-Native $GoDeploy @('install')
        $script:madeSource = Test-Source
        Confirm-That $script:madeSource 'T7' "godeploy install registers the Event Log source $($installed.Output)"
    }
}

function Resume-Place {
    $state = Import-Clixml -LiteralPath $stateFile
    $script:ListenAddress = $state.ListenAddress
    $script:PublicPort = $state.PublicPort
    $script:BluePort = $state.BluePort
    $script:GreenPort = $state.GreenPort
    $script:madeSource = $state.MadeSource
}

# With -File, T1,T2 arrives as one word.
$Group = @($Group | ForEach-Object { $_.Split(',') } | ForEach-Object { $_.Trim() } | Where-Object { $_ } | Sort-Object -Unique)
$code = Join-Path $PSScriptRoot 'acceptance.cs'
foreach ($name in $Group) { if ($name -notmatch '^T[1-7]$') { Stop-Begin "there is no group $name" } }
if (-not (Test-Elevated)) { Stop-Begin 'open Windows PowerShell with "Run as administrator"' }
if ($PSVersionTable.PSVersion.Major -ne 5) { Stop-Begin 'it needs Windows PowerShell 5.1: powershell.exe, not pwsh.exe' }
if ([Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess) { Stop-Begin 'take the 64-bit Windows PowerShell' }
if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') { Stop-Begin 'a policy (AppLocker, WDAC) holds PowerShell in constrained language' }
foreach ($file in $GoDeploy, $code) { if (-not (Test-Path -LiteralPath $file -PathType Leaf)) { Stop-Begin "$file is not there" } }
if ($BeforeBoot -and $AfterBoot) { Stop-Begin '-BeforeBoot and -AfterBoot are two runs' }
if (($BeforeBoot -or $AfterBoot) -and "$Group" -ne 'T4') { Stop-Begin '-BeforeBoot and -AfterBoot go with -Group T4 alone' }
if ($AfterBoot) {
    if (-not (Test-Path -LiteralPath $stateFile)) { Stop-Begin "$stateFile is not there: run -Group T4 -BeforeBoot first" }
    Resume-Place
} else {
    $namesake = Find-Namesake
    if ($namesake) { Stop-Begin $namesake }
}
$connectAddress = $(if ($ListenAddress -eq '0.0.0.0') { '127.0.0.1' } else { $ListenAddress })
$GoDeploy = (Resolve-Path -LiteralPath $GoDeploy).ProviderPath
Write-Output "touches: the portproxy rule for ${ListenAddress}:$PublicPort, services $($services -join ' and '), task $taskName, $Folder$(if ($RestartIpHelper) { ', and restarts iphlpsvc' })"
if (-not $Yes -and (Read-Host 'go on? (yes/no)') -ne 'yes') { exit 2 }
try {
    Add-Type -LiteralPath $code
    if (-not $AfterBoot) { New-Place }
    foreach ($name in $Group) {
        try { & "Test-$name" } catch { Write-Verdict 'FAIL' $name ('it broke off: ' + $_ + ' ' + $_.ScriptStackTrace) }
    }
} finally {
    Stop-Servers
    if (-not $script:leave) { Remove-Everything }
}
Write-Output $(if ($script:failed -gt 0) { "$($script:failed) failed" } else { 'nothing failed' })
exit $(if ($script:failed -gt 0) { 1 } else { 0 })
