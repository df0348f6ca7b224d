"""What master and workers say to each other; Locust carries it, and it holds no secret.

master → worker   plan → go → (halt) → judge → Locust's own quit
worker → master   here → ready | wrong → guest … → over → judged
"""

from __future__ import annotations

HERE, PLAN, READY, WRONG = "load.here", "load.plan", "load.ready", "load.wrong"
GO, HALT, GUEST, OVER = "load.go", "load.halt", "load.guest", "load.over"
JUDGE, JUDGED = "load.judge", "load.judged"
