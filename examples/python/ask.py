"""Adds a document, asks about it, and streams a second answer. Needs nothing but Python 3.9."""

import json
import os
import sys
import time
import urllib.error
import urllib.request

URL = os.environ.get("PARLANCE_URL", "http://127.0.0.1:3000")
KEY = os.environ.get("PARLANCE_API_KEY") or sys.exit("Set PARLANCE_API_KEY to an API key.")
ATTEMPTS = 5


def send(method, path, body=None, headers=None):
    """Returns the open response. Raises urllib.error.HTTPError for an error status."""
    request = urllib.request.Request(
        URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **(headers or {})},
    )
    return urllib.request.urlopen(request, timeout=120)


def call(method, path, body=None, headers=None):
    """Returns the JSON of a response; exits with the server's explanation of an error."""
    try:
        with send(method, path, body, headers) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(explanation(error))


def explanation(error):
    """Returns the status of an error response and the server's explanation."""
    return f"{error.code}: {json.load(error)['detail']}"


def events(response):
    """Yields (id, name, data) of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    fields = {}
    for line in response:
        name, _, value = line.decode().rstrip("\r\n").partition(":")
        if name:
            fields[name] = value[1:] if value.startswith(" ") else value
        elif "event" in fields:
            # Comments have no name; a blank line ends an event.
            if "data" in fields:
                yield fields.get("id"), fields["event"], json.loads(fields["data"])
            fields = {}


def stream(message):
    """Yields the text of an answer piece by piece, and resumes if the connection breaks."""
    last_id, stream_path = None, None
    for _ in range(ATTEMPTS):
        try:
            if stream_path and last_id:
                response = send("GET", stream_path, headers={"Last-Event-ID": last_id})
            else:
                response = send("POST", "/api/v1/chat/stream", {"message": message})
            stream_path = response.headers.get("Content-Location") or stream_path
            with response:
                for event_id, name, data in events(response):
                    last_id = event_id or last_id
                    if name == "message":
                        yield data["delta"]
                    elif name == "error":
                        sys.exit(data["detail"])
                    elif name == "done":
                        return
        except urllib.error.HTTPError as error:
            sys.exit(explanation(error))
        except (ConnectionError, TimeoutError, urllib.error.URLError):
            pass
        time.sleep(1)
    sys.exit("The stream broke off.")


entry = call(
    "POST",
    "/api/v1/knowledge",
    {
        "title": "Library",
        "content": "# Loans\n\nYou can borrow ten books at a time. A loan lasts four weeks.\n\n"
        "# Fees\n\nA late book costs 20 cents a day.",
    },
    # The same key makes a repeated run return the first response instead of adding the document again.
    {"Idempotency-Key": "examples-library-1"},
)
print(f"Added {entry['title']}, version {entry['version']}")

answer = call("POST", "/api/v1/chat", {"message": "How long does a loan last?"})
print(answer["content"])
for source in answer["sources"]:
    print(f"  [{source['citation']}] {source['title']}, characters {source['start']}-{source['end']}: {source['text']}")

for delta in stream("What does a late book cost?"):
    print(delta, end="", flush=True)
print()
