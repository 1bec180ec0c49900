{{define "netstat.fish" -}}
# Completion of netstat for fish. Made by go test ./internal/manual -update.

# __netstat_list NAME prints a list: on each line a word, a tab and its description.
function __netstat_list
    switch $argv[1]
{{- range lists}}
        case {{quote .Name}}
            echo {{text .}}
{{- end}}
    end
end

# __netstat_value NAME prints how the value of an option is completed: its source, whether
# it is a list, whether it may be the next word.
function __netstat_value
    switch $argv[1]
{{- range values}}
        case {{quote .Option}}
            printf '%s\n' {{quote .Source}} {{if .Several}}several{{else}}one{{end}} {{if .Required}}required{{else}}optional{{end}}
{{- end}}
        case protocol
            printf '%s\n' protocol several required
        case interfaces interface
            printf '%s\n' interface one optional
    end
end

# __netstat_add BEFORE WORD ABOUT prints a candidate. A word with a character that no
# terminal shows is left out, and within an expression one that needs quotes there.
function __netstat_add
    string match -qr '[[:cntrl:]]' -- $argv[2]; and return
    test -n "$__netstat_simple"; and string match -qr '[^A-Za-z0-9_./:+@%-]' -- $argv[2]; and return
    printf '%s%s\t%s\n' $argv[1] $argv[2] (string replace -ar '[[:cntrl:]]' . -- $argv[3])
end

# __netstat_static LIST BEFORE prints the words of a list.
function __netstat_static
    for line in (__netstat_list $argv[1])
        test -n $line; and printf '%s%s\n' $argv[2] $line
    end
end

# __netstat_source SOURCE BEFORE ITEM VIEW prints the words of a source.
function __netstat_source
    set -l before $argv[2]
    switch $argv[1]
        case ''
        case files
            for path in (__fish_complete_path $argv[3])
                printf '%s%s\n' $before $path
            end
        case filter
            __netstat_filter $argv[2..4]
        case columns
            set -l sign (string match -r '^[+-]' -- $argv[3])
            if test -z "$sign"
                __netstat_add "$before" help 'explain the columns'
                __netstat_add "$before" all 'every column'
                __netstat_add "$before" default 'the columns that are shown without --columns'
            end
            __netstat_static columns:$argv[4] "$before$sign"
        case process pid
            set -l seen
            # The shell itself would complain about a process that has ended.
            for line in (command grep -sH . /proc/*/comm)
                set -l part (string match -r '^/proc/([0-9]+)/comm:(.*)' -- $line)
                set -l pid $part[2]
                set -l name $part[3]
                test -n "$name"; or continue
                if test $argv[1] = pid
                    __netstat_add "$before" $pid $name
                    continue
                end
                # A comma would end the name in a list, and a name is a pattern.
                string match -qr '[,*?\\\\\[]' -- $name; and continue
                contains -- $name $seen; and continue
                set -a seen $name
                __netstat_add "$before" $name "process $pid"
            end
        case user
            while read -l -d : name rest
                test -n "$name"; and __netstat_add "$before" $name ''
            end </etc/passwd
        case port
            test -r /etc/services -a -n "$argv[3]"; or return
            for line in (string match -r '^[a-zA-Z0-9][^#]*' </etc/services)
                set -l word (string split -n ' ' -- (string replace -a \t ' ' -- $line))
                __netstat_add "$before" $word[1] "$word[2]"
            end
        case interface
            for file in /sys/class/net/*
                test -L $file; and __netstat_add "$before" (string split / -- $file)[-1] 'network interface'
            end
        case netns
            __netstat_static netns "$before"
            for file in /run/netns/*
                __netstat_add "$before" (string split / -- $file)[-1] 'network namespace'
            end
        case table
            __netstat_static table "$before"
            for file in /etc/iproute2/rt_tables /usr/share/iproute2/rt_tables
                test -r $file; or continue
                for line in (string match -r '^[0-9]+\s+\S+' <$file)
                    set -l word (string split -n ' ' -- (string replace -a \t ' ' -- $line))
                    contains -- $word[2] main local default; and continue
                    __netstat_add "$before" $word[2] "routing table $word[1]"
                end
            end
        case '*'
            __netstat_static $argv[1] "$before"
    end
end

# __netstat_filter BEFORE EXPRESSION VIEW prints what the last word of an expression can be.
function __netstat_filter
    set -l item (string match -r '[^ (!,=<>]*$' -- $argv[2])
    set -l text (string sub -l (math (string length -- "$argv[2]") - (string length -- "$item")) -- "$argv[2]")
    set -l before "$argv[1]$text"
    if string match -qr '(^|[ (])(state|exclude)\s+([^ ()]*,)?$' -- $text
        __netstat_static states "$before"
        return
    end
    set -l field (string match -r '([A-Za-z_-]+)\s*(?:[=!<>]=?|=|\s(?:in|eq|ne))\s*(?:[^ ()]*,)?$' -- $text)[2]
    if test -n "$field"
        set field (string replace -a - _ -- $field)
        switch $field
            case state
                __netstat_static states "$before"
            case process pid user interface netns
                set -g __netstat_simple 1
                __netstat_source $field "$before" "$item" $argv[3]
                set -e __netstat_simple
            case '*'
                __netstat_static texts:$field "$before"
        end
        return
    end
    if test $argv[3] = sockets
        __netstat_static fields:sockets "$before"
    else
        __netstat_static columns:$argv[3] "$before"
    end
    __netstat_add "$before" and 'both sides match'
    __netstat_add "$before" or 'one side matches'
    __netstat_add "$before" not 'the next test fails'
end

# __netstat_one BEFORE VALUE SOURCE SEVERAL VIEW completes the last item of a value.
function __netstat_one
    set -l before $argv[1]
    set -l item $argv[2]
    if test "$argv[4]" = several -a "$argv[3]" != filter
        set item (string match -r '[^,]*$' -- $argv[2])
        set before $before(string match -r '^.*,' -- $argv[2]; or echo '')
    end
    __netstat_source "$argv[3]" "$before" "$item" $argv[5]
end

function __netstat_complete
    set -l current (string replace -r '^(--[a-z-]+=)?[\'"]' '$1' -- (commandline -ct))
    set -l words (commandline -opc)[2..]
    set -l dialect linux
    test -n "$NETSTAT_DIALECT"; and set dialect $NETSTAT_DIALECT
    set -l view sockets
    set -l operand
    set -l ended
    set -l last
    for word in $words
        test "$last" = --dialect; and set dialect $word
        set -l named (string match -r '^--dialect=(.*)' -- $word)[2]
        test -n "$named"; and set dialect $named
        set last $word
    end
    for word in $words
        switch $dialect:$word
            case '*:--'
                set ended 1
{{- range choices true}}{{if .Long}}
            case '*:--{{.Long}}' '*:--{{.Long}}=*'
                set view {{.View}}{{if eq .Long "diagnose"}}
                set operand files{{end}}
{{- end}}{{end}}
            case '*:--diff'
                set operand files
{{- range choices false}}{{if .Letter}}
            case 'linux:--{{.Long}}' 'linux:--{{.Long}}=*'
                set view {{.View}}{{if eq .Letter "i"}}
                set operand interface{{end}}
{{- end}}{{end}}
            case '*:--*' 'linux:-*A'
{{- range choices false}}{{if .Letter}}
            case 'linux:-*{{.Letter}}*'
                set view {{.View}}{{if eq .Letter "i"}}
                set operand interface{{end}}
{{- end}}{{end}}
{{- range choices true}}{{if .Letter}}
            case 'windows:-*{{.Letter}}*' 'windows:/*{{.Letter}}*'
                set view {{.View}}
{{- end}}{{end}}
        end
    end
    if test -z "$ended"
        if string match -q -- '--*=*' $current
            set -l part (string split -m 1 = -- $current)
            set -l value (__netstat_value (string sub -s 3 -- $part[1]))
            __netstat_one "$part[1]=" "$part[2]" "$value[1]" "$value[2]" $view
            return
        end
        switch $dialect:$last
            case '*:--*'
                set -l value (__netstat_value (string sub -s 3 -- $last))
                if test "$value[3]" = required
                    __netstat_one '' "$current" "$value[1]" "$value[2]" $view
                    return
                end
            case 'linux:-*A'
                __netstat_one '' "$current" protocol several $view
                return
            case 'windows:-*[pP]' 'windows:/*p' 'windows:-*p'
                __netstat_one '' "$current" windows:p one $view
                return
        end
        switch $dialect:$current
            case 'windows:/*'
                string replace -r '^-' / -- (__netstat_list options:windows | string match -r '^-[^-].*')
                __fish_complete_path $current
                return
            case '*:-*'
                __netstat_list options:$dialect
                return
        end
    end
    __netstat_source "$operand" '' "$current" $view
end

complete -c netstat -f -a '(__netstat_complete)'
{{end}}
