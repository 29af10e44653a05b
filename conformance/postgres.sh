# Sourced. A private PostgreSQL in a temporary folder, from the binaries that are installed.
#
#   start_postgres        sets POSTGRES_URL; the server ends with `stop_postgres`

postgres_binaries() {
    local folder
    for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn) $(echo "$PATH" | tr : ' '); do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
            echo "$folder"
            return 0
        fi
    done
    return 1
}

# PostgreSQL refuses root, so root hands over to the user that Debian made for it, or to nobody.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        local user=nobody
        id postgres >/dev/null 2>&1 && user=postgres
        setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- env HOME="$POSTGRES_FOLDER" LC_ALL=C "$@"
    else
        env LC_ALL=C "$@"
    fi
}

start_postgres() {
    POSTGRES_BIN=$(postgres_binaries) || { echo "PostgreSQL is not installed" >&2; return 1; }
    POSTGRES_FOLDER=$(mktemp -d /tmp/muster-pg-XXXXXX)
    if [ "$(id -u)" = 0 ]; then
        chown "$(id -u postgres 2>/dev/null || id -u nobody)" "$POSTGRES_FOLDER"
    fi
    pushd "$POSTGRES_FOLDER" >/dev/null
    as_postgres "$POSTGRES_BIN/initdb" -D "$POSTGRES_FOLDER/data" -U muster -A trust -E UTF8 --locale=C --no-sync >/dev/null
    as_postgres "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_FOLDER/data" -l "$POSTGRES_FOLDER/server.log" -s -w -t 60 \
        -o "-k $POSTGRES_FOLDER -c listen_addresses= -c max_connections=300" start >/dev/null </dev/null
    popd >/dev/null
    POSTGRES_URL="postgres://muster@${POSTGRES_FOLDER//\//%2F}/postgres"
}

stop_postgres() {
    [ -n "${POSTGRES_FOLDER:-}" ] || return 0
    (cd "$POSTGRES_FOLDER" && as_postgres "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_FOLDER/data" -s -m immediate stop) >/dev/null 2>&1 || true
    rm -rf "$POSTGRES_FOLDER"
    POSTGRES_FOLDER=
}
