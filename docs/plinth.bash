# Completion of plinth's commands, options and choices for bash.  It reads them from plinth's own
# help, so that it cannot fall behind.
_plinth() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local plinth=${COMP_WORDS[0]} command=${COMP_WORDS[1]} words choices

    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$("$plinth" help 2>/dev/null | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    elif [ "$command" = help ]; then
        words=$("$plinth" help 2>/dev/null | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    elif [ "$command" = sandbox ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
        words='env calls'
    elif [ "$command" = account ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
        words='new adopt list'
    elif [ "$command" = journal ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
        words='list show'
    elif [ "$command" = evidence ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
        words='pack verify keygen'
    elif [ "$command" = lock ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
        words='show break'
    elif [ "$command" = rollout ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
        words='pause resume abort status'
    elif [ "$command" = alarms ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
        words='test'
    elif [ "$command" = backup ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
        words='report'
    elif [ "$command" = honey ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
        words='list check rotate test'
    elif [ "$command" = policy ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
        words='lint test replay who-can effective'
    elif [ "${word#-}" != "$word" ]; then
        words=$("$plinth" help "$command" 2>/dev/null |
            sed -n '/^options:/,$s/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p')
    else
        choices=$("$plinth" help "$command" 2>/dev/null |
            sed -n "/^options:/,\$s/^  \(-., \)\{0,1\}$before \([a-z]*|[a-z|]*\) .*/\2/p")
        words=${choices//|/ }
    fi
    # shellcheck disable=SC2207 # none of the words has a blank
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    # No match: file names, as bash completes them by default.
}
complete -o default -F _plinth plinth
