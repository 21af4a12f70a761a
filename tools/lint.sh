#!/bin/sh
# lint.sh - the house rules that a compiler does not know.  Prints file:line: what; exit 1 if any.
cd "$(dirname "$0")/.." || exit 2

function_lines_most=70
complexity_most=15
file_lines_most=600

findings=$(mktemp) || exit 2
trap 'rm -f "$findings"' EXIT

# Sources that have no unit test of their own, each with what proves it instead:
#   src/layer/file.c  reason
no_unit_test() {
    cat <<'END'
END
}

# What must not be called, where it may be all the same (a pattern of paths, - for nowhere), and why.
banned() {
    cat <<'END'
strcpy        -             no bound: use arena_str, struct buf or snprintf
strcat        -             no bound: use struct buf or snprintf
sprintf       -             no bound: use snprintf
vsprintf      -             no bound: use vsnprintf
gets          -             no bound
strtok        -             hidden state, and it writes to its input
atoi          -             no errors: use str_to_u64
atol          -             no errors: use str_to_u64
alloca        -             fiber stacks are small
time          -             the clock comes from struct env
gettimeofday  -             the clock comes from struct env
clock_gettime src/base/env.c the clock comes from struct env
rand          -             randomness comes from struct env
random        -             randomness comes from struct env
getrandom     src/base/env.c randomness comes from struct env
getenv        src/cli/*     only the cli reads the environment
sleep         -             stops every fiber: use fiber_sleep_ms
usleep        -             stops every fiber: use fiber_sleep_ms
nanosleep     -             stops every fiber: use fiber_sleep_ms
system        -             a shell between us and the program: use fork and execve
popen         -             a shell between us and the program: use fork and execve
longjmp       -             skips clean-up (context.c has its own _longjmp)
END
}

sources() {
    find src include tests -name '*.[ch]' | sort
}

check_format() {
    format=
    for candidate in clang-format-14 clang-format; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" --version | grep -q 'version 14\.'; then
            format=$candidate
            break
        fi
    done
    if [ -z "$format" ]; then
        echo "lint: clang-format 14 is not installed: format not checked" >&2
        return
    fi
    sources | xargs "$format" --dry-run -Werror 2>&1 |
        sed -n 's/^\([^ ]*:[0-9]*\):[0-9]*: error: .*/\1: not formatted (tools\/dev.sh fmt)/p' |
        sort -u
}

# pmccabe prints: complexity, its traditional form, statements, first line, lines, file(line): name
check_functions() {
    if ! command -v pmccabe >/dev/null; then
        echo "lint: pmccabe is not installed: functions not checked" >&2
        return
    fi
    sources | grep '\.c$' | xargs pmccabe | awk \
        -v lines_most="$function_lines_most" -v complexity_most="$complexity_most" '{
            where = $6; sub(/\(.*/, "", where)
            if ($5 > lines_most)
                print where ":" $4 ": " $7 " has " $5 " lines, most is " lines_most
            if ($1 > complexity_most)
                print where ":" $4 ": " $7 " has complexity " $1 ", most is " complexity_most
        }'
}

check_file_lengths() {
    sources | while read -r file; do
        lines=$(wc -l <"$file")
        [ "$lines" -le "$file_lines_most" ] ||
            echo "$file:$file_lines_most: $lines lines, most is $file_lines_most"
    done
}

# Comments, and what stands in quotes, are taken out first.
check_calls_and_state() {
    banned | while read -r name allowed reason; do
        echo "$name|$allowed|$reason"
    done >"$findings.banned"
    # shellcheck disable=SC2016 # the $ are awk's
    find src include -name '*.[ch]' | sort | xargs awk '
        FNR == 1 { in_comment = 0 }
        FILENAME == ARGV[1] {
            split($0, part, "|")
            allowed[part[1]] = part[2]; reason[part[1]] = part[3]
            sub(/\*/, "", allowed[part[1]])
            next
        }
        {
            code = $0
            if (in_comment) {
                if (!(at = index(code, "*/")))
                    next
                code = substr(code, at + 2); in_comment = 0
            }
            gsub(/\\./, "", code); gsub(/"[^"]*"/, "\"\"", code); gsub(/\047[^\047]*\047/, "0", code)
            while ((at = index(code, "/*")) > 0) {
                rest = substr(code, at + 2)
                end = index(rest, "*/")
                code = substr(code, 1, at - 1) " " (end ? substr(rest, end + 2) : "")
                if (!end) { in_comment = 1; break }
            }
            sub(/\/\/.*/, "", code)
            if (code ~ /^ *(static|_Thread_local) / && code !~ /[(]/ && code !~ /(^| )const / &&
                code !~ /^ *static (struct|union|enum) [a-z_0-9]* \{/)
                print FILENAME ":" FNR ": state that outlives its function; pass it as an argument"
            for (left = code; match(left, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/); ) {
                name = substr(left, RSTART, RLENGTH - 1); sub(/[ \t]*$/, "", name)
                before = RSTART > 1 ? substr(left, RSTART - 1, 1) : ""
                left = substr(left, RSTART + RLENGTH)
                if (!(name in reason) || before ~ /[.>]/)
                    continue
                if (allowed[name] != "-" && index(FILENAME, allowed[name]) == 1)
                    continue
                print FILENAME ":" FNR ": " name " is banned: " reason[name]
            }
        }' "$findings.banned"
    rm -f "$findings.banned"
}

# A control is proved by its folder in tests/control, any other source by its unit test.
controls() {
    [ ! -f src/control/controls.def ] ||
        sed -n 's/^CONTROL(\([a-z0-9_]*\)).*/\1/p' src/control/controls.def
}

check_tests_exist() {
    controls | while read -r name; do
        [ -d "tests/control/$name" ] ||
            echo "src/control/controls.def:1: control $name has no tests/control/$name/"
        [ -f "src/control/$name.c" ] ||
            echo "src/control/controls.def:1: control $name has no src/control/$name.c"
    done
    for file in src/*/*.c; do
        layer=$(basename "$(dirname "$file")")
        name=$(basename "$file" .c)
        [ "$layer" != cli ] || continue
        if [ "$layer" = control ] && controls | grep -qx "$name"; then
            continue
        fi
        [ ! -f "tests/unit/$layer/test_$name.c" ] || continue
        no_unit_test | grep -q "^$file " || echo "$file:1: no tests/unit/$layer/test_$name.c"
    done
    no_unit_test | while read -r file reason; do
        [ -f "$file" ] && [ -n "$reason" ] ||
            echo "tools/lint.sh:1: exemption of $file: no such file, or no reason"
    done
}

check_whitespace() {
    git ls-files -co --exclude-standard -- '*.[ch]' '*.def' '*.sh' '*.txt' '*.cmake' '*.md' \
        '*.yaml' '*.json' '*.py' | sort | while read -r file; do
        [ -f "$file" ] && grep -Hn '[[:blank:]]$' "$file"
    done | sed 's/^\([^:]*:[0-9]*\):.*/\1: blanks at the end of the line/'
}

{
    tools/check-layers.sh
    check_format
    check_functions
    check_file_lengths
    check_calls_and_state
    check_tests_exist
    check_whitespace
} >"$findings"

cat "$findings"
[ ! -s "$findings" ]
