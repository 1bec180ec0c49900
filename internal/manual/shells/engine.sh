{{define "engine" -}}
# _netstat_list NAME prints a list: on each line a word, a tab and its description.
_netstat_list() {
  case $1 in
{{- range lists}}
  {{.Name}}) printf '%s\n' {{text .}} ;;
{{- end}}
  esac
}

# _netstat_value NAME sets how the value of an option is completed: its source, whether it
# is a list, whether it may be the next word.
_netstat_value() {
  source='' several='' required=''
  case $1 in
{{- range values}}
  {{.Option}}) source={{quote .Source}}{{if .Several}} several=1{{end}}{{if .Required}} required=1{{end}} ;;
{{- end}}
  protocol) source=protocol several=1 required=1 ;;
  interfaces | interface) source=interface ;;
  esac
}

# _netstat_add BEFORE ITEM WORD ABOUT adds BEFORE and WORD to the candidates if WORD begins
# with ITEM. A word with a character that no terminal shows is left out, and within an
# expression one that needs quotes there.
_netstat_add() {
  case $3 in
  *[[:cntrl:]]*) return ;;
  *[!A-Za-z0-9_./:+@%-]*) [[ -z $simple ]] || return 0 ;;
  esac
  case $3 in
  "$2"*) candidates+=("$1$3"$'\t'"${4//[[:cntrl:]]/.}") ;;
  esac
}

# _netstat_static LIST BEFORE ITEM SIGN adds the words of a list, each after a sign.
_netstat_static() {
  local word about
  while IFS=$'\t' read -r word about; do
    [[ -z $word ]] || _netstat_add "$2" "$3" "$4$word" "$about"
  done <<<"$(_netstat_list "$1")"
}

# _netstat_source SOURCE BEFORE ITEM adds the words of a source.
_netstat_source() {
  local file pid name rest number sign='' seen=/
  case $1 in
  '') ;;
  files) files=1 ;;
  filter) _netstat_filter "$3" ;;
  columns)
    case $3 in [+-]*) sign=${3:0:1} ;; esac
    [[ -n $sign ]] || _netstat_add "$2" "$3" help 'explain the columns'
    [[ -n $sign ]] || _netstat_add "$2" "$3" all 'every column'
    [[ -n $sign ]] || _netstat_add "$2" "$3" default 'the columns that are shown without --columns'
    _netstat_static "columns:$view" "$2" "$3" "$sign"
    ;;
  process | pid)
    [[ -r /proc/self/comm ]] || return 0
    for file in /proc/[0-9]*/comm; do
      pid=${file%/comm} pid=${pid##*/} name=''
      { IFS= read -r name <"$file"; } 2>/dev/null
      [[ -n $name ]] || continue
      if [[ $1 == pid ]]; then
        _netstat_add "$2" "$3" "$pid" "$name"
        continue
      fi
      # A comma would end the name in a list, and a name is a pattern.
      case $name in *[,*?\\\[]*) continue ;; esac
      case $seen in *"/$name/"*) continue ;; esac
      seen+=$name/
      _netstat_add "$2" "$3" "$name" "process $pid"
    done
    ;;
  user)
    while IFS=: read -r name rest; do
      [[ -z $name ]] || _netstat_add "$2" "$3" "$name" ''
    done </etc/passwd
    ;;
  port)
    [[ -r /etc/services && -n $3 ]] || return 0
    while read -r name number rest; do
      case $name in '' | '#'*) continue ;; esac
      case $seen in *"/$name/"*) continue ;; esac
      seen+=$name/
      _netstat_add "$2" "$3" "$name" "$number"
    done </etc/services
    ;;
  interface)
    [[ -e /sys/class/net/lo ]] || return 0
    for file in /sys/class/net/*; do
      [[ ! -L $file ]] || _netstat_add "$2" "$3" "${file##*/}" 'network interface'
    done
    ;;
  netns)
    _netstat_static netns "$2" "$3"
    [[ -d /run/netns && -n $(ls -A /run/netns 2>/dev/null) ]] || return 0
    for file in /run/netns/*; do
      _netstat_add "$2" "$3" "${file##*/}" 'network namespace'
    done
    ;;
  table)
    _netstat_static table "$2" "$3"
    for file in /etc/iproute2/rt_tables /usr/share/iproute2/rt_tables; do
      [[ -r $file ]] || continue
      while read -r number name rest; do
        case $number:$name in *[!0-9]*:* | *: | *:main | *:local | *:default) continue ;; esac
        _netstat_add "$2" "$3" "$name" "routing table $number"
      done <"$file"
    done
    ;;
  *) _netstat_static "$1" "$2" "$3" ;;
  esac
}

# _netstat_filter EXPRESSION adds what the last word of an expression can be.
_netstat_filter() {
  local item=${1##*[ \(\!,=\<\>]} before operator field
  before=${1%"$item"}
  local text=$before
  text=${text%"${text##*[! ,]}"}
  case $text in
  *=* | *' in' | *' eq' | *' ne' | *state | *exclude | *'state '* | *'exclude '*) ;;
  *) text='' ;;
  esac
  operator=${text##*[ \(]}
  case $text in *[=\<\>]) operator='=' ;; esac
  case $operator in
  state | exclude)
    _netstat_static states "$before" "$item"
    return
    ;;
  '=' | in | eq | ne)
    field=${text%[=]} field=${field%[=\!\<\>]} field=${field%"${field##*[! ]}"}
    case $operator in '=') ;; *) field=${field% *} ;; esac
    field=${field##*[ \(\!]} field=${field//-/_}
    case $field in
    state) _netstat_static states "$before" "$item" ;;
    process | pid | user | interface | netns) local simple=1 && _netstat_source "$field" "$before" "$item" ;;
    *) _netstat_static "texts:$field" "$before" "$item" ;;
    esac
    return
    ;;
  esac
  case $view in
  sockets) _netstat_static fields:sockets "$before" "$item" ;;
  *) _netstat_static "columns:$view" "$before" "$item" ;;
  esac
  _netstat_add "$before" "$item" and 'both sides match'
  _netstat_add "$before" "$item" or 'one side matches'
  _netstat_add "$before" "$item" not 'the next test fails'
}

# _netstat_candidates CURRENT WORD… completes the word CURRENT after the other words. It
# fills the array candidates: what the word, or its value after "=", can be, a tab and a
# description. It sets files if the value is a file.
_netstat_candidates() {
  local current=$1 word='' before='' dialect=${NETSTAT_DIALECT:-linux} view=sockets ended=''
  local source several required simple name='' value='' operand=''
  candidates=() files=''
  shift
  for word in "$@"; do
    [[ $before != --dialect ]] || dialect=$word
    case $word in --dialect=*) dialect=${word#*=} ;; esac
    before=$word
  done
  before=''
  for word in "$@"; do
    case $dialect:$word in
    *:--) ended=1 ;;
{{- range choices true}}{{if .Long}}
    *:--{{.Long}} | *:--{{.Long}}=*) view={{.View}} {{if eq .Long "diagnose"}}operand=files {{end}};;
{{- end}}{{end}}
    *:--diff) operand=files ;;
{{- range choices false}}{{if .Letter}}
    linux:--{{.Long}} | linux:--{{.Long}}=*) view={{.View}} {{if eq .Letter "i"}}operand=interface {{end}};;
{{- end}}{{end}}
    *:--*) ;;
    linux:-*A) ;;
{{- range choices false}}{{if .Letter}}
    linux:-*{{.Letter}}*) view={{.View}} {{if eq .Letter "i"}}operand=interface {{end}};;
{{- end}}{{end}}
{{- range choices true}}{{if .Letter}}
    windows:[-/]*{{.Letter}}*) view={{.View}} ;;
{{- end}}{{end}}
    esac
    before=$word
  done
  if [[ -z $ended ]]; then
    case $current in
    --*=*)
      name=${current%%=*}
      _netstat_value "${name#--}"
      _netstat_one "${current#*=}"
      return
      ;;
    esac
    case $dialect:$before in
    *:--*)
      _netstat_value "${before#--}"
      if [[ -n $required ]]; then
        _netstat_one "$current"
        return
      fi
      ;;
    linux:-*A) source=protocol several=1 && _netstat_one "$current" && return ;;
    windows:[-/]*[pP]) source=windows:p several='' && _netstat_one "$current" && return ;;
    esac
    case $dialect:$current in
    windows:/*)
      while IFS=$'\t' read -r word value; do
        case $word in -?) _netstat_add '' "$current" "/${word#-}" "$value" ;; esac
      done <<<"$(_netstat_list options:windows)"
      [[ ${#candidates[@]} -gt 0 ]] || files=1
      return
      ;;
    *:-*)
      _netstat_static "options:$dialect" '' "$current"
      return
      ;;
    esac
  fi
  _netstat_source "$operand" '' "$current"
}

# _netstat_one VALUE completes the last item of a value, or all of it if it is no list.
_netstat_one() {
  local item=$1 before=''
  if [[ -n $several && $source != filter ]]; then
    item=${1##*,} before=${1%"${1##*,}"}
  fi
  _netstat_source "$source" "$before" "$item"
}
{{end}}
