#!/bin/sh
# Sends the configuration of this folder to the monitoring host and asks it to read it again.
set -eu
rsync --archive --delete monitoring/ monitoring.kestrel.example:/srv/monitoring/
curl --fail --max-time 20 -X POST https://prometheus.kestrel.example/-/reload
curl --fail --max-time 20 -X POST https://alertmanager.kestrel.example/-/reload
