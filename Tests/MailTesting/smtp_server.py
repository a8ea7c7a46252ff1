"""A mail server for tests, on a free port of the loopback.

Takes its behaviour as one JSON object, and tells on standard output, a JSON object a line, what happens: first its
port, then connections, logins, and mails as Python's own reader takes them apart. Ends with its standard input.
"""

import asyncio
import email
import email.policy
import json
import logging
import socket
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# What goes wrong here goes wrong on purpose.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

behaviour = json.loads(sys.argv[1])
connections = 0


def tell(kind, **facts):
    print(json.dumps({"kind": kind, **facts}), flush=True)


async def hang_at(stage):
    if behaviour.get("hangsAt") == stage:
        tell("hanging")
        await asyncio.Event().wait()


class Handler:
    def __init__(self, number):
        self.number = number
        self.mails = 0
        self.isEnding = False

    async def handle_MAIL(self, server, session, envelope, address, options):
        await hang_at("sender")
        if 0 < behaviour.get("mailsPerConnection", 0) <= self.mails:
            return "421 4.3.2 enough of this connection"
        if "senderReply" in behaviour:
            return behaviour["senderReply"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await hang_at("recipient")
        reply = behaviour.get("recipientReplies", {}).get(address)
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if behaviour.get("countsOnly"):
            self.mails += 1
            return "250 OK"
        tell("mail", mail=parsed(self.number, server, session, envelope))
        await hang_at("content")
        if "contentReply" in behaviour:
            return behaviour["contentReply"]
        self.mails += 1
        self.isEnding = behaviour.get("endsAfterMail", False)
        return "250 OK"


def parsed(connection, server, session, envelope):
    raw = envelope.original_content
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    defects = [str(defect) for part in message.walk() for defect in part.defects]
    defects += [str(defect) for value in message.values() for defect in value.defects]

    def addresses(name):
        header = message[name]
        return [] if header is None else [[a.display_name, a.addr_spec] for a in header.addresses]

    return {
        "connection": connection,
        "client": session.host_name,
        "isEncrypted": server.transport.get_extra_info("sslcontext") is not None,
        "sender": envelope.mail_from,
        "recipients": envelope.rcpt_tos,
        "from": addresses("from"),
        "to": addresses("to"),
        "cc": addresses("cc"),
        "subject": str(message["subject"]),
        "messageID": str(message["message-id"]),
        "secondsSince1970": message["date"].datetime.timestamp(),
        "headers": [[name, str(value)] for name, value in message.items()],
        "type": message.get_content_type(),
        "parts": [
            {
                "type": part.get_content_type(),
                "charset": part.get_content_charset(),
                "encoding": part["content-transfer-encoding"],
                "text": part.get_content(),
            }
            for part in parts
        ],
        "defects": defects,
        "raw": raw.decode("ascii", "replace"),
    }


def authenticate(server, session, envelope, mechanism, data):
    isRight = (data.login, data.password) == (behaviour["user"].encode(), behaviour["password"].encode())
    tell("login", isRight=isRight)
    return AuthResult(success=isRight, handled=False)


class Server(SMTP):
    async def smtp_QUIT(self, arg):
        await hang_at("farewell")
        await super().smtp_QUIT(arg)

    async def push(self, status):
        await super().push(status)
        if self.event_handler.isEnding:
            self.transport.close()

    def connection_lost(self, error):
        super().connection_lost(error)
        tell("closed")


class Silent(asyncio.Protocol):
    """Says the greeting it was given, and nothing else."""

    def connection_made(self, transport):
        if "greeting" in behaviour:
            transport.write(behaviour["greeting"].encode() + b"\r\n")
        else:
            tell("hanging")


async def read_slowly(reader, writer):
    """Takes a mail's beginning, then little by little what still comes, and tells whether that has an end."""
    for answer in [b"220 mail.test ESMTP", b"250 mail.test", b"250 OK", b"250 OK", b"354 go on"]:
        writer.write(answer + b"\r\n")
        if not answer.startswith(b"354"):
            await reader.readline()
    content = await reader.readexactly(100_000)
    tell("hanging")
    while part := await reader.read(65536):
        content += part
        await asyncio.sleep(0.02)
    tell("closed", isComplete=content.endswith(b"\r\n.\r\n") or content.endswith(b"\r\n.\r\nQUIT\r\n"))


def connect(context):
    global connections
    connections += 1
    tell("connection")
    if "greeting" in behaviour or behaviour.get("hangsAt") == "greeting":
        return Silent()
    return Server(
        Handler(connections),
        hostname="mail.test",
        tls_context=context if behaviour["security"] == "starttls" else None,
        require_starttls=behaviour["security"] == "starttls",
        authenticator=authenticate if "user" in behaviour else None,
        auth_required="user" in behaviour,
        auth_require_tls=behaviour["security"] == "starttls",
    )


async def main():
    context = None
    if behaviour["security"] != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(behaviour["certificate"], behaviour["key"])
    loop = asyncio.get_running_loop()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    if behaviour.get("readsSlowly"):
        # Little, so that a client is soon stopped from sending.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        server = await asyncio.start_server(read_slowly, sock=listener)
    else:
        server = await loop.create_server(
            lambda: connect(context), sock=listener, ssl=context if behaviour["security"] == "tls" else None
        )
    tell("listening", port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
