"""HTTP authentication, Basic and Digest (RFC 7617, RFC 7616), for both sides: text in, text out.

Our own, because no kept library has it by itself: urllib3 has Basic only, and what requests, httpx and werkzeug
have is the client's or the server's half, tied to their own messages.
"""
