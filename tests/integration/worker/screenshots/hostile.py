"""Pages that attack: each tries to reach a trap, to leave the browser, or to end it.

`{trap}` is the traps' port, `{site}` the address of the pages.
"""

HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "017700000001",
    "2130706433",
    "127.0.0.2",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[0:0:0:0:0:0:0:1]",
    "private.test",
    "v6.test",
    "mapped.test",
    "mixed.test",
    "nat64.test",
    "metadata.test",
    "169.254.169.254",
    "10.0.0.1",
    "192.168.0.1",
]
_ALL = "const hosts = " + repr(HOSTS) + ", traps = hosts.map(host => host + ':{trap}');"


def script(text: str) -> str:
    return f"<h1>a page</h1><script>{_ALL}{text}</script>"


# Their pictures are taken; what they try is refused.
SHOWN = {
    "images": script("for (const one of traps) new Image().src = 'http://' + one + '/i'"),
    "images_by_tls": script("for (const one of traps) new Image().src = 'https://' + one + '/i'"),
    "fetch": script(
        "for (const one of traps) fetch('http://' + one + '/f', {mode: 'no-cors'}).catch(() => 0)"
    ),
    "fetch_post": script(
        "for (const one of traps) fetch('http://' + one + '/f', {method: 'POST', body: 'x', mode: 'no-cors'})"
        ".catch(() => 0)"
    ),
    "xhr": script(
        "for (const one of traps) { const ask = new XMLHttpRequest(); ask.open('GET', 'http://' + one); ask.send() }"
    ),
    "websockets": script("for (const one of traps) new WebSocket('ws://' + one + '/w')"),
    "websockets_by_tls": script("for (const one of traps) new WebSocket('wss://' + one + '/w')"),
    "event_source": script("for (const one of traps) new EventSource('http://' + one + '/e')"),
    "beacons": script("for (const one of traps) navigator.sendBeacon('http://' + one + '/b', 'x')"),
    "keepalive_after_the_end": script(
        "addEventListener('pagehide', () => { for (const one of traps) {"
        "navigator.sendBeacon('http://' + one); fetch('http://' + one, {keepalive: true, mode: 'no-cors'}) } })"
    ),
    "web_transport": script(
        "for (const one of traps) try { new WebTransport('https://' + one).ready.catch(() => 0) } catch {}"
    ),
    "web_rtc": script(
        "for (const one of traps) try { const peer = new RTCPeerConnection({iceServers: ["
        "{urls: 'stun:' + one}, {urls: 'turn:' + one + '?transport=tcp', username: 'u', credential: 'c'},"
        "{urls: 'turn:' + one + '?transport=udp', username: 'u', credential: 'c'},"
        "{urls: 'turns:' + one, username: 'u', credential: 'c'}]});"
        "peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer)) } catch {}"
    ),
    "web_rtc_in_a_frame": script(
        "const frame = document.createElement('iframe'); document.body.append(frame);"
        "const peer = new frame.contentWindow.RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:{trap}'}]});"
        "peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer));"
        "peer.addIceCandidate({candidate: 'candidate:1 1 udp 2122260223 127.0.0.1 {trap} typ host', sdpMid: '0'})"
        ".catch(() => 0)"
    ),
    "service_worker": script("navigator.serviceWorker?.register('/worker.js').catch(() => 0)"),
    "workers": script(
        "const code = URL.createObjectURL(new Blob(['fetch(`http://127.0.0.1:{trap}/w`, {mode: `no-cors`});"
        "new WebSocket(`ws://127.0.0.1:{trap}/w`)']));"
        "new Worker(code); try { new SharedWorker(code) } catch {}"
    ),
    "frames_of_private_addresses": "<h1>frames</h1>"
    + "".join("<iframe src='http://" + host + ":{trap}/'></iframe>" for host in HOSTS),
    "metadata": "<h1>metadata</h1><iframe src='http://169.254.169.254/latest/meta-data/'></iframe>"
    "<iframe src='http://[fd00:ec2::254]/latest/'></iframe><iframe src='http://metadata.test/'></iframe>"
    "<iframe src='http://168.63.129.16/'></iframe><iframe src='http://100.100.100.200/'></iframe>",
    "files": "<h1>files</h1><iframe src='file:///etc/passwd'></iframe><img src='file:///etc/passwd'>"
    "<link rel=stylesheet href='file:///etc/passwd'><object data='file:///etc/passwd'></object>",
    "location_of_a_file": script("location = 'file:///etc/passwd'"),
    "data_frames": "<h1>data</h1><iframe src=\"data:text/html,<img src='http://127.0.0.1:{trap}/d'>\"></iframe>",
    "blob_frames": script(
        "const frame = document.createElement('iframe'); document.body.append(frame); frame.src = URL.createObjectURL("
        "new Blob(['<img src=http://127.0.0.1:{trap}/b>'], {type: 'text/html'}))"
    ),
    "browser_pages": script(
        "for (const one of ['chrome://version', 'chrome://crash', 'view-source:file:///etc/passwd', 'about:blank',"
        "'devtools://devtools/bundled/inspector.html', 'chrome-extension://x/y', 'filesystem:http://x/'])"
        "{ const frame = document.createElement('iframe'); frame.src = one; document.body.append(frame); try {"
        "location = one.startsWith('about') ? '#' : one } catch {} }"
    ),
    "debugging_port": script(
        "for (const port of [9222, 9229, 6379, 5432]) for (const scheme of ['http', 'ws']) try {"
        "scheme === 'ws' ? new WebSocket('ws://127.0.0.1:' + port) : fetch('http://127.0.0.1:' + port + '/json')"
        ".catch(() => 0) } catch {}"
    ),
    "styles": "<style>@import 'http://127.0.0.1:{trap}/s'; @font-face {font-family: x; "
    "src: url(http://127.0.0.1:{trap}/f)} h1 {font-family: x; background: url(http://[::1]:{trap}/b)}</style>"
    "<h1>styles</h1>",
    "media": "<h1>media</h1><video src='http://127.0.0.1:{trap}/v' autoplay></video>"
    "<audio src='http://127.0.0.1:{trap}/a' autoplay></audio><embed src='http://127.0.0.1:{trap}/e'>"
    "<object data='http://127.0.0.1:{trap}/o'></object><svg><image href='http://127.0.0.1:{trap}/s'/></svg>"
    "<input type=image src='http://127.0.0.1:{trap}/n'><track src='http://127.0.0.1:{trap}/t'>",
    "hints": "<link rel=dns-prefetch href='//private.test'><link rel=preconnect href='http://127.0.0.1:{trap}'>"
    "<link rel=preconnect href='http://private.test:{trap}'><link rel=prefetch href='http://127.0.0.1:{trap}/p'>"
    "<link rel=preload as=image href='http://127.0.0.1:{trap}/l'><link rel=modulepreload href='http://[::1]:{trap}/m'>"
    "<link rel=prerender href='http://127.0.0.1:{trap}/r'><link rel=icon href='http://127.0.0.1:{trap}/i'>"
    "<link rel=manifest href='http://127.0.0.1:{trap}/j'><script type=speculationrules>"
    '{"prerender": [{"source": "list", "urls": ["http://127.0.0.1:{trap}/x"]}]}</script><h1>hints</h1>',
    "forms": "<h1>forms</h1><form method=post action='http://127.0.0.1:{trap}/f' target=_blank><input name=a></form>"
    "<form id=second method=post action='http://127.0.0.1:{trap}/f' target=frame></form><iframe name=frame></iframe>"
    + script("for (const form of document.forms) form.submit()"),
    "pings": "<h1>pings</h1><a id=link href='#x' ping='http://127.0.0.1:{trap}/p'>x</a>"
    "<script>document.getElementById('link').click()</script>",
    "dialogs": script("for (let i = 0; i < 20; i++) { alert(i); confirm(i); prompt(i) }"),
    "leaving": script("onbeforeunload = event => { event.preventDefault(); event.returnValue = 'stay' }"),
    "printing": script("for (let i = 0; i < 50; i++) print()"),
    "windows": script(
        "for (let i = 0; i < 300; i++) open('http://127.0.0.1:{trap}/' + i, 'w' + i); open('/images')"
    ),
    "downloads": script(
        "for (let i = 0; i < 50; i++) { const link = document.createElement('a'); link.download = 'x' + i;"
        "link.href = URL.createObjectURL(new Blob(['x'.repeat(1e5)])); document.body.append(link); link.click() }"
    ),
    "permissions": script(
        "navigator.geolocation?.getCurrentPosition(() => 0, () => 0); Notification?.requestPermission?.();"
        "navigator.mediaDevices?.getUserMedia({audio: true, video: true}).catch(() => 0);"
        "navigator.clipboard?.readText().catch(() => 0); navigator.usb?.requestDevice({filters: []}).catch(() => 0);"
        "document.documentElement.requestFullscreen?.().catch(() => 0); navigator.wakeLock?.request().catch(() => 0)"
    ),
    "a_tall_page": "<h1>tall</h1><div style='height: 30000000px; width: 9000000px; background: red'></div>",
    "many_frames": script(
        "for (let i = 0; i < 150; i++) { const frame = document.createElement('iframe');"
        "frame.srcdoc = '<img src=http://127.0.0.1:{trap}/' + i + '>'; document.body.append(frame) }"
    ),
    "many_requests": script(
        "for (let i = 0; i < 600; i++) fetch('/nothing?' + i, {cache: 'no-store'}).catch(() => 0)"
    ),
    "history": script("for (let i = 0; i < 500; i++) try { history.pushState(i, '', '?' + i) } catch {}"),
    "storage": script(
        "document.cookie = 'seen=1; max-age=99999'; localStorage.seen = 1; indexedDB.open('seen');"
        "document.body.append(document.cookie)"
    ),
    "credentials_in_urls": script("for (const one of traps) new Image().src = 'http://{site}@' + one + '/c'"),
    "split_lines": script(
        "for (const one of ['http://{site}/%0d%0aHost:%20127.0.0.1:{trap}', 'http://127.0.0.1:{trap}%2f@{site}/',"
        "'http://127.0.0.1:{trap}#@{site}/', 'http:\\\\\\\\127.0.0.1:{trap}/'])"
        "fetch(one, {mode: 'no-cors'}).catch(() => 0)"
    ),
    "rebinding": "<h1>rebinding</h1><img src='http://rebinding.test:{port}/one'>"
    + script("setTimeout(() => { new Image().src = 'http://rebinding.test:{trap}/two' }, 200)"),
}

# Greedy ones: there is no picture, and the reason is one of these. None: there may be one.
GREEDY = {
    "an_endless_script": (script("while (true);"), {"too_slow", "crashed"}),
    "an_endless_regular_expression": (script("/(a+)+$/.test('a'.repeat(99) + '!')"), {"too_slow", "crashed"}),
    "canvases": (
        script(
            "for (let i = 0; i < 4; i++) { const canvas = document.createElement('canvas');"
            "canvas.width = canvas.height = 16384; canvas.getContext('2d')?.fillRect(0, 0, 9, 9);"
            "document.body.append(canvas) }"
        ),
        {None, "too_slow", "crashed"},
    ),
    "buffers": (
        script("const kept = []; for (let i = 0; i < 99; i++) kept.push(new Uint8Array(5e7).fill(1))"),
        {None, "too_slow", "crashed"},
    ),
    "timers": (
        script("const again = () => { setTimeout(again); document.body.append('x') }; again()"),
        {None, "too_slow", "crashed"},
    ),
    "memory_of_objects": (
        script("const kept = []; while (true) kept.push({a: [1, 2, 3], b: 'x'.repeat(9)})"),
        {"too_slow", "crashed"},
    ),
}
