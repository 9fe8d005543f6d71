/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes instead of an answer → error code, exact sentence. The state is "unknown" in all of them. */
  { "html", send_html, "transfer.not-cmp",
    "The server answered with a web page, “Welcome to Hotel Wi-Fi”, and no CMP message. Check the address with your "
    "authority." },
  { "not-found/R405", send_not_found, "transfer.http",
    "The server answered 404 Not Found with a web page, “Not here”, and no CMP message. There is no certificate service at "
    "this address: check its path." },
  { "redirect", send_redirect, "transfer.redirect",
    "The server sends the message on to http://127.0.0.1:9/other, which the settings of this authority do not allow. Check "
    "with your authority, and enter that address if it is right." },
  { "hundred-megabytes", send_hundred_megabytes, "transfer.too-large",
    "The answer of 127.0.0.1 is larger than 1048576 octets; the rest was not read." },
  { "slow-body/R130", send_slowly, "transfer.unknown",
    "The message was sent to 127.0.0.1, and no whole answer came within 3 seconds." },
  { "closed-after-reading", close_after_reading, "transfer.unknown",
    "The message was sent to 127.0.0.1, and the connection ended before a whole answer came: Connection terminated "
    "unexpectedly" },
  { "unprotected-error", send_unprotected_error, "cmp.unauthenticated-error",
    "Somebody answered with an error that is not protected, so it may not come from the authority: The authority rejected the "
    "request. It does not allow or support this kind of request. It says: “wrong pbm value CMP routines wrong pbm value”. "
    "Its number for this error is 486539419. Ask your authority which kinds of request it takes at this address." },
  { "flipped-protection", send_flipped, "cmp.bad-protection",
    "The MAC is wrong: the message was changed, or made with another secret. Check the code." },
  { "truncated", send_truncated, "cmp.malformed",
    "This is not a well-formed CMP message: tag or length is not DER, or points past the end (at octet 0)" },
  { "echo/R129", send_echo, "cmp.nonce", "The answer does not say which message it answers (no recipNonce)." },
