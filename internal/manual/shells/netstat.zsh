{{define "netstat.zsh" -}}
#compdef netstat
# Completion of netstat for zsh. Made by go test ./internal/manual -update.

{{template "engine"}}
_netstat() {
  emulate -L zsh
  local -a before candidates names shown spaced spacedShown
  local -a raw
  local files='' candidate current word quote=''
  for word in "${(@)words[2,CURRENT-1]}"; do
    before+=("${(Q)word}")
  done
  current=$PREFIX
  if [[ $current == --*=* ]]; then
    IPREFIX+=${current%%=*}= PREFIX=${PREFIX#*=}
    # zsh knows of a quote only if a word begins with it.
    if [[ $PREFIX == [\'\"]* ]]; then
      quote=${PREFIX[1]} IPREFIX+=${PREFIX[1]} PREFIX=${PREFIX[2,-1]}
      raw=(-Q)
    fi
    current=${current%%=*}=$PREFIX
  fi
  _netstat_candidates "$current" "${before[@]}"
  for candidate in "${candidates[@]}"; do
    word=${candidate%%$'\t'*}
    case $quote$word in
    \'*\'* | \"*[\"\$\`\\\!]*) continue ;;
    esac
    if [[ $word == *= ]]; then
      names+=("$word")
      shown+=("${word}  ${candidate#*$'\t'}")
    else
      spaced+=("$word")
      spacedShown+=("${word}  ${candidate#*$'\t'}")
    fi
  done
  ((${#names} == 0)) || compadd $raw -l -S '' -d shown -a names
  ((${#spaced} == 0)) || compadd $raw -l -d spacedShown -a spaced
  [[ -z $files ]] || _files
}

_netstat "$@"
{{end}}
