#!/usr/bin/env bash
# Adds a document, asks about it, and streams a second answer. Needs curl and jq.
set -euo pipefail
: "${PARLANCE_API_KEY:?Set it to an API key, such as the one that npm start printed.}"
url=${PARLANCE_URL:-http://127.0.0.1:3000}

call() {
  curl --silent --show-error --fail-with-body --header "Authorization: Bearer $PARLANCE_API_KEY" \
    --header 'Content-Type: application/json' "$@"
}

# The same key makes a repeated run return the first response instead of adding the document again.
call "$url/api/v1/knowledge" --header 'Idempotency-Key: examples-library-1' --data '{
  "title": "Library",
  "content": "# Loans\n\nYou can borrow ten books at a time. A loan lasts four weeks.\n\n# Fees\n\nA late book costs 20 cents a day."
}' | jq --raw-output '"Added \(.title), version \(.version)"'

call "$url/api/v1/chat" --data '{"message": "How long does a loan last?"}' |
  jq --raw-output '.content, (.sources[] | "  [\(.citation)] \(.title), characters \(.start)-\(.end): \(.text)")'

# Each event has lines for id, event and data. The text is in the events named message.
call "$url/api/v1/chat/stream" --no-buffer --data '{"message": "What does a late book cost?"}' |
  sed --quiet --unbuffered 's/^data: \(.*"delta".*\)/\1/p' | jq --raw-output --join-output --unbuffered .delta
echo
