{{define "netstat.ps1" -}}
# Completion of netstat for PowerShell. Made by go test ./internal/manual -update.
# Dot-source it in $PROFILE: . netstat.ps1

$script:NetstatLists = @{
{{- range lists}}
    {{quote .Name}} = {{text .}}
{{- end}}
}

# Of each option with a value: its source, whether it is a list, whether the value may be
# the next word.
$script:NetstatValues = @{
{{- range values}}
    {{quote .Option}} = @({{quote .Source}}, ${{.Several}}, ${{.Required}})
{{- end}}
    'protocol' = @('protocol', $true, $true)
    'interfaces' = @('interface', $false, $false)
    'interface' = @('interface', $false, $false)
}

# Get-NetstatStatic returns pairs of a word and its description.
function script:Get-NetstatStatic([string]$List) {
    $text = $script:NetstatLists[$List]
    if (-not $text) { return }
    foreach ($line in $text -split "`r?`n") {
        $word, $about = $line -split "`t", 2
        , @($word, $about)
    }
}

# Get-NetstatSource returns the words of a source. Item is what has been typed of the word.
function script:Get-NetstatSource([string]$Source, [string]$Item, [string]$View) {
    switch ($Source) {
        '' { return }
        'columns' {
            $sign = ''
            if ($Item -match '^[+-]') { $sign = $Item.Substring(0, 1) }
            foreach ($pair in Get-NetstatStatic "columns:$View") { , @(($sign + $pair[0]), $pair[1]) }
            if ($sign -eq '') {
                , @('help', 'explain the columns')
                , @('all', 'every column')
                , @('default', 'the columns that are shown without --columns')
            }
        }
        'process' {
            # A comma would end the name in a list, and a name is a pattern.
            Get-Process -ErrorAction SilentlyContinue | Select-Object -ExpandProperty ProcessName -Unique |
                Where-Object { $_ -notmatch '[,*?\\\[\x00-\x1f\x7f]' } | ForEach-Object { , @($_, 'process') }
        }
        'pid' {
            Get-Process -ErrorAction SilentlyContinue | ForEach-Object {
                , @([string]$_.Id, ($_.ProcessName -replace '[\x00-\x1f\x7f]', '.'))
            }
        }
        'interface' {
            [System.Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces() |
                ForEach-Object { , @($_.Name, 'network interface') }
        }
        'netns' {
            Get-NetstatStatic 'netns'
            if (Test-Path -LiteralPath '/run/netns') {
                Get-ChildItem -LiteralPath '/run/netns' | ForEach-Object { , @($_.Name, 'network namespace') }
            }
        }
        default { Get-NetstatStatic $Source }
    }
}

# Get-NetstatFilter returns what the last word of an expression can be, each with what
# stands before it.
function script:Get-NetstatFilter([string]$Expression, [string]$View) {
    $item = [regex]::Match($Expression, '[^ (!,=<>]*$').Value
    $before = $Expression.Substring(0, $Expression.Length - $item.Length)
    $pairs = if ($before -match '(^|[ (])(state|exclude)\s+([^ ()]*,)?$') {
        Get-NetstatStatic 'states'
    } elseif ($before -match '([A-Za-z_-]+)\s*([=!<>]=?|\s(in|eq|ne))\s*([^ ()]*,)?$') {
        $field = $Matches[1] -replace '-', '_'
        switch ($field) {
            'state' { Get-NetstatStatic 'states' }
            { $_ -in 'process', 'pid', 'interface', 'netns' } {
                # Others need quotes in an expression.
                Get-NetstatSource $field $item $View | Where-Object { $_[0] -notmatch '[^A-Za-z0-9_./:+@%-]' }
            }
            default { Get-NetstatStatic "texts:$field" }
        }
    } else {
        if ($View -eq 'sockets') { Get-NetstatStatic 'fields:sockets' } else { Get-NetstatStatic "columns:$View" }
        , @('and', 'both sides match')
        , @('or', 'one side matches')
        , @('not', 'the next test fails')
    }
    foreach ($pair in $pairs) { , @(($before + $pair[0]), $pair[1]) }
}

# Get-NetstatCandidates completes a word after the other words.
function script:Get-NetstatCandidates([string]$Current, [string[]]$Words) {
    $dialect = 'windows'
    if ($PSVersionTable.PSVersion.Major -ge 6 -and -not $IsWindows) { $dialect = 'linux' }
    if ($env:NETSTAT_DIALECT) { $dialect = $env:NETSTAT_DIALECT }
    $view = 'sockets'
    $last = ''
    foreach ($word in $Words) {
        if ($last -eq '--dialect') { $dialect = $word }
        if ($word -match '^--dialect=(.*)$') { $dialect = $Matches[1] }
        $last = $word
    }
    foreach ($word in $Words) {
        switch -Regex -CaseSensitive ("${dialect}:$word") {
{{- range choices true}}{{if .Long}}
            '^[a-z]*:--{{.Long}}(=.*)?$' { $view = '{{.View}}'; break }
{{- end}}{{end}}
{{- range choices false}}{{if .Letter}}
            '^linux:--{{.Long}}(=.*)?$' { $view = '{{.View}}'; break }
{{- end}}{{end}}
            '^[a-z]*:--' { break }
{{- range choices false}}{{if .Letter}}
            '^linux:-[^-]*{{.Letter}}' { $view = '{{.View}}'; break }
{{- end}}{{end}}
{{- range choices true}}{{if .Letter}}
            '^windows:[-/][A-Za-z]*[{{.Letter}}]' { $view = '{{.View}}'; break }
{{- end}}{{end}}
        }
    }
    $prefix = ''
    $value = $null
    $text = $Current
    if ($Current -match '^(--([a-z-]+)=)(.*)$') {
        $prefix, $text = $Matches[1], $Matches[3]
        $value = $script:NetstatValues[$Matches[2]]
        if (-not $value) { return }
    } elseif ($last -match '^--([a-z-]+)$') {
        $value = $script:NetstatValues[$Matches[1]]
        if ($value -and -not $value[2]) { $value = $null }
    } elseif ($dialect -eq 'linux' -and $last -cmatch '^-[^-]*A$') {
        $value = $script:NetstatValues['protocol']
    } elseif ($dialect -eq 'windows' -and $last -match '^[-/][a-z]*p$') {
        $value = @('windows:p', $false, $true)
    }
    $quote = ''
    if ($text -match '^[''"]') {
        $quote, $text = $text.Substring(0, 1), $text.Substring(1).TrimEnd($text[0])
    }
    if ($value) {
        if ($value[0] -eq 'filter') {
            $pairs = Get-NetstatFilter $text $view
        } else {
            $before = ''
            $item = $text
            if ($value[1]) {
                $item = $text.Substring($text.LastIndexOf(',') + 1)
                $before = $text.Substring(0, $text.Length - $item.Length)
            }
            $pairs = foreach ($pair in Get-NetstatSource $value[0] $item $view) { , @(($before + $pair[0]), $pair[1]) }
        }
    } elseif ($text -match '^-') {
        $pairs = Get-NetstatStatic "options:$dialect"
    } elseif ($dialect -eq 'windows' -and $text -match '^/') {
        $pairs = foreach ($pair in Get-NetstatStatic 'options:windows') {
            if ($pair[0] -match '^-[^-]$') { , @(($pair[0] -replace '^-', '/'), $pair[1]) }
        }
    } else {
        return
    }
    foreach ($pair in $pairs) {
        if (-not $pair[0].StartsWith($text, [StringComparison]::OrdinalIgnoreCase)) { continue }
        $word = $pair[0]
        # Between single quotes PowerShell expands nothing.
        if ($quote -ne '' -or $word -match '[^A-Za-z0-9_./:=+@%-]') { $word = "'" + ($word -replace "'", "''") + "'" }
        $about = $pair[1]
        if (-not $about) { $about = $pair[0] }
        [System.Management.Automation.CompletionResult]::new(($prefix + $word), $pair[0], 'ParameterValue', $about)
    }
}

Register-ArgumentCompleter -Native -CommandName netstat, netstat.exe -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
            Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { [string]$_.Extent.Text })
    Get-NetstatCandidates $wordToComplete $words
}
{{end}}
