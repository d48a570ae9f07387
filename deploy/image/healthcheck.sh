#!/bin/bash
# Asks the exporter whether it is healthy; ends with 0 or 1. In bash, which needs a few milliseconds: a Node.js process
# for each check would use more CPU time than the exporter does. HEALTHCHECK_PORT and
# HEALTHCHECK_HOST say where it listens, if not on port 9065 of loopback, and HEALTHCHECK_PATH what to ask for, where
# paths have a prefix. Without TLS, even where the exporter asks others for it: it answers this to its own host.
exec 3<>"/dev/tcp/${HEALTHCHECK_HOST:-127.0.0.1}/${HEALTHCHECK_PORT:-9065}" || exit 1
printf 'GET %s HTTP/1.0\r\n\r\n' "${HEALTHCHECK_PATH:-/-/healthy}" >&3
read -r -t 3 _ status _ <&3
[ "$status" = 200 ] || exit 1
