{{define "netstat.bash" -}}
# Completion of netstat for bash. Made by go test ./internal/manual -update.

{{template "engine"}}
_netstat() {
  local words=() last word quote='' current candidate value strip='' i candidates files
  # bash cuts words at = and :.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    last=$((${#words[@]} - 1))
    if ((last >= 0)) && [[ $word == [=:]* || ${COMP_WORDS[i - 1]} == [=:]* ]] &&
      [[ ${words[last]} == --* ]] && [[ ${words[last]} == *=* || $word == =* ]]; then
      words[last]+=$word
    else
      words+=("$word")
    fi
  done
  ((${#words[@]} > 0)) || words=('')
  current=${words[${#words[@]} - 1]}
  unset "words[${#words[@]} - 1]"
  case $current in
  [\'\"]*) quote=${current:0:1} current=${current:1} ;;
  --*=[\'\"]*) quote=${current#*=} quote=${quote:0:1} current=${current%%=*}=${current#*=?} ;;
  esac
  _netstat_candidates "$current" "${words[@]}"
  COMPREPLY=()
  value=$current
  case $current in --*=*) value=${current#*=} ;; esac
  # What bash has cut off stays on the command line.
  [[ -n $quote || $value != *[=:]* ]] || strip=${value%"${value##*[=:]}"}
  for candidate in "${candidates[@]}"; do
    candidate=${candidate%%$'\t'*}
    case $quote in
    \') case $candidate in *\'*) continue ;; esac ;;
    \") case $candidate in *[\"\\\$\`\!]*) continue ;; esac ;;
    *)
      candidate=${candidate#"$strip"}
      case $candidate in *[!A-Za-z0-9_./:,=+@%-]*) printf -v candidate %q "$candidate" ;; esac
      ;;
    esac
    COMPREPLY+=("$candidate")
  done
  if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
  if [[ -n $files ]]; then
    compopt -o default 2>/dev/null
  fi
  return 0
}
complete -F _netstat netstat
{{end}}
