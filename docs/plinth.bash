# Completion of plinth's commands, verbs, options and choices for bash.  It reads them from plinth's
# own help, so that it cannot fall behind.
_plinth() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local plinth=${COMP_WORDS[0]} command=${COMP_WORDS[1]} verb=${COMP_WORDS[2]} words='' verbs choices

    if [ "$command" = help ] && [ "$COMP_CWORD" -eq 3 ]; then
        command=$verb
    fi
    verbs=$([ "$COMP_CWORD" -eq 1 ] || "$plinth" help "$command" 2>/dev/null |
        sed -n '/^verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
    if [ "$COMP_CWORD" -eq 1 ] || { [ "${COMP_WORDS[1]}" = help ] && [ "$COMP_CWORD" -eq 2 ]; }; then
        words=$("$plinth" help 2>/dev/null | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    elif [ "${COMP_WORDS[1]}" = help ] ||
        { [ -n "$verbs" ] && [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; }; then
        words=$verbs
    else
        # The options of the verb, if there is one.
        set -- "$command"
        if [ "$COMP_CWORD" -gt 2 ] && [ "${verbs/"$verb"/}" != "$verbs" ]; then
            set -- "$command" "$verb"
        fi
        if [ "${word#-}" != "$word" ]; then
            words=$("$plinth" help "$@" 2>/dev/null |
                sed -n '/^options:/,$s/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p')
        else
            choices=$("$plinth" help "$@" 2>/dev/null |
                sed -n "/^options:/,\$s/^  \(-., \)\{0,1\}$before \([a-z]*|[a-z|]*\) .*/\2/p")
            words=${choices//|/ }
        fi
    fi
    # shellcheck disable=SC2207 # none of the words has a blank
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    # No match: file names, as bash completes them by default.
}
complete -o default -F _plinth plinth
