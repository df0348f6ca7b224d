"""What master and workers say to each other; Locust carries it, and it holds no secret.

master → worker   plan → go → (halt) → judge → Locust's own quit
worker → master   ready | wrong → guest … → over → judged
"""

from __future__ import annotations

PLAN, READY, WRONG, GO, HALT = "load.plan", "load.ready", "load.wrong", "load.go", "load.halt"
GUEST, OVER, JUDGE, JUDGED = "load.guest", "load.over", "load.judge", "load.judged"
