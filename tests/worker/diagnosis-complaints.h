/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complaint; what the peer does; settings; code entered; state, error's code, exact words; the next step in them. */
  { "page-of-a-guest-network", say_html, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "transfer.not-cmp",
    "The server answered with a web page, “Sign in to the guest network”, and no CMP message. Check the address "
    "with your authority.",
    "Check the address" },
  { "wrong-alias", say_wrong_alias, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "transfer.http",
    "The server answered 404 Not Found with a web page, “Error 404”, and no CMP message. There is no certificate "
    "service at this address: check its path.",
    "check its path" },
  { "busy", say_busy, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "transfer.http",
    "The server answered 503 Service Unavailable with nothing, and no CMP message. The service has a problem of its"
    " own: try again later.",
    "try again later" },
  { "server-cannot-read-der", say_bad_der, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "transfer.http",
    "The server answered 400 Bad Request with content of type text/plain, and no CMP message. It could make nothing"
    " of the message. Check the address, and whether your authority says that its server is an older one: the "
    "settings framing and media-type are for such.",
    "Check the address" },
  { "proxy-wants-a-name", say_proxy, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "transfer.http",
    "The server answered 407 Proxy Authentication Required with a web page, “Proxy”, and no CMP message. The web "
    "server wants to know who you are before it lets a message through: ask your authority.",
    "ask your authority" },
  { "unprotected-error/R056", say_unprotected, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "cmp.unauthenticated-error",
    "Somebody answered with an error that is not protected, so it may not come from the authority: The authority "
    "rejected the request. It does not allow or support this kind of request. It says: “wrong pbm value CMP "
    "routines wrong pbm value”. Its number for this error is 486539419. Ask your authority which kinds of request "
    "it takes at this address.",
    "Ask your authority" },
  { "wrong-code", say_wrong_code, NULL, "the code that was typed", SIGNET_REQUEST_UNKNOWN, "cmp.bad-protection",
    "The MAC is wrong: the message was changed, or made with another secret. Check the code. The message is an "
    "error, which may not come from the authority: The authority rejected the request. The proof of who sent the "
    "message did not check: the code or key may be the wrong one. It says: “PBM check failed”. Check reference and "
    "code, and whether they were used up. Some authorities also refuse a code with many rounds, which the setting "
    "mac-iterations sets.",
    "Check the code" },
  { "too-many-rounds-for-it", say_too_many_rounds, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_REJECTED, "cmp.rejected",
    "The authority rejected the request. The proof of who sent the message did not check: the code or key may be "
    "the wrong one. It says: “iteration count”. Check reference and code, and whether they were used up. Some "
    "authorities also refuse a code with many rounds, which the setting mac-iterations sets.",
    "mac-iterations" },
  { "too-many-rounds-for-us", say_with_many_rounds, limit_rounds, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "cmp.limit",
    "The message demands more rounds of key derivation than the 1000 that are allowed. If this authority needs that"
    " many, allow them by the setting mac-iteration-limit.",
    "mac-iteration-limit" },
  { "clock-says-the-authority", say_bad_time, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_REJECTED, "cmp.rejected",
    "The authority rejected the request. The time in the message is too far from its own: check the clock of this "
    "computer. Set the clock right and make a new request.",
    "Set the clock right" },
  { "clock-seen-here/R014", say_at_another_time, watch_clock, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "cmp.time",
    "The answer's time differs by 3600 seconds from this computer's clock; 60 are allowed. Check the clock.",
    "Check the clock" },
  { "error-with-a-wrong-nonce", say_other_nonce, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "cmp.nonce",
    "The answer is for another message than the one sent last: its recipNonce is not our senderNonce. It may be an "
    "old one. The message is an error, which may not come from the authority: The authority rejected the request. "
    "It does not allow or support this kind of request. It says: “End entity not found”. Ask your authority which "
    "kinds of request it takes at this address.",
    "Ask your authority" },
  { "another-sender-kid", say_other_reference, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "cmp.bad-protection",
    "The answer names another secret (senderKID) than the reference “4711”. If this authority does so, allow it by "
    "the setting other-reference. The message is an error, which may not come from the authority: The authority "
    "rejected the request. It gives no reason. Ask your authority what to do, and tell it when you asked.",
    "other-reference" },
  { "lacks-protection", strip_protection, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "cmp.unprotected",
    "The answer (ip) is not protected, so anybody could have made it. Ask your authority to protect what it "
    "answers.",
    "Ask your authority" },
  { "signed-answer-to-a-code", say_signed, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_UNKNOWN, "cmp.wrong-protection",
    "The answer is signed, though the request was protected by a shared secret. If this authority does so, allow it"
    " by the setting signed-answer-to-mac.",
    "signed-answer-to-mac" },
  { "renewal-outside-of-the-window", say_outside_window, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_REJECTED, "cmp.rejected",
    "The authority rejected the request. It says: “Renewal is allowed 30 days before expiry”. Ask your authority "
    "what to do, and tell it when you asked.",
    "Ask your authority" },
  { "refused-without-a-reason", say_no_without_reason, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_REJECTED, "cmp.rejected",
    "The authority rejected the request. It gives no reason. Ask your authority what to do, and tell it when you "
    "asked.",
    "Ask your authority" },
  { "another-digest-wanted", say_other_algorithm, NULL, WORKER_PEER_SECRET, SIGNET_REQUEST_REJECTED, "cmp.rejected",
    "The authority rejected the request. It does not know or does not allow an algorithm that was used. The "
    "settings of the authority choose kind and digest of the protection; another kind of key may help, too.",
    "settings of the authority" },
