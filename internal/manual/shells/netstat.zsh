{{define "netstat.zsh" -}}
#compdef netstat
# Completion of netstat for zsh. Made by go test ./internal/manual -update.

{{template "engine"}}
_netstat() {
  emulate -L zsh
  local -a before candidates names shown spaced spacedShown
  local files='' candidate current word
  for word in "${(@)words[2,CURRENT-1]}"; do
    before+=("${(Q)word}")
  done
  # Outside quotes, and of a word with quotes inside, zsh has the text with backslashes.
  current=$PREFIX
  [[ -n $compstate[quote] ]] || current=${(Q)PREFIX}
  if [[ $PREFIX == --*=* ]]; then
    IPREFIX+=${PREFIX%%=*}= PREFIX=${PREFIX#*=}
  fi
  _netstat_candidates "$current" "${before[@]}"
  for candidate in "${candidates[@]}"; do
    word=${candidate%%$'\t'*}
    if [[ $word == *= ]]; then
      names+=("$word")
      shown+=("${word}  ${candidate#*$'\t'}")
    else
      spaced+=("$word")
      spacedShown+=("${word}  ${candidate#*$'\t'}")
    fi
  done
  ((${#names} == 0)) || compadd -l -S '' -d shown -a names
  ((${#spaced} == 0)) || compadd -l -d spacedShown -a spaced
  [[ -z $files ]] || _files
}

_netstat "$@"
{{end}}
