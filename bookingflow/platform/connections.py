"""What a run is connected to, built from its settings and its target: the API, the database, the job, the cleaner."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass

from bookingflow.core.network.proxies import proxy_secrets
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.core.timing import Clock
from bookingflow.platform.api import BookingApi
from bookingflow.platform.background_job import BackgroundJob, CommandJob, DisabledJob, HttpJob
from bookingflow.platform.cancellation import Cleaner, DatabaseCleaner, DemoCleaner, Keep
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.http_access import HttpAccess
from bookingflow.platform.preflight import Preflight, preflight
from bookingflow.platform.target import DemoControls, Target


@dataclass(frozen=True)
class Connections:
    """The platform of a run, reached in every way that a run needs. Nothing is asked before it is used."""

    api: BookingApi
    database: BookingDatabase
    job: BackgroundJob
    cleaner: Cleaner

    @classmethod
    def to(cls, target: Target, settings: Settings, clock: Clock, sanitizer: Sanitizer) -> Connections:
        """Those of this target; every secret that goes over them is masked from here on."""
        sanitizer.register_settings(settings)
        sanitizer.register_url(target.database_url)
        for secret in (target.job_token, os.environ.get("PGPASSWORD"), *proxy_secrets(os.environ)):
            sanitizer.register_secret(secret)
        access = HttpAccess.of(settings, target.api_base_url)
        database = BookingDatabase(target.database_url, clock=clock, prepare=settings.on_demo, ended=target.ended)
        return cls(
            api=BookingApi(target.api_base_url, clock=clock, access=access, direct=settings.reached_directly),
            database=database,
            job=_job(settings, target, clock, access),
            cleaner=_cleaner(settings, target.controls, database),
        )

    def check(self, settings: Settings, clock: Clock) -> Preflight:
        """What the checks before the first booking find."""
        return preflight(
            settings, api=self.api, database=self.database, job=self.job, cleaner=self.cleaner, clock=clock
        )

    def close(self) -> None:
        """Give them back."""
        with ExitStack() as opened:
            opened.callback(self.database.close)
            opened.callback(self.api.close)


def _job(settings: Settings, target: Target, clock: Clock, access: HttpAccess) -> BackgroundJob:
    if settings.job_command:
        return CommandJob(settings.job_command, clock=clock)
    url, token = settings.job_url or target.job_url, settings.job_token or target.job_token
    return HttpJob(url, token, clock=clock, access=access) if url else DisabledJob()


def _cleaner(settings: Settings, controls: DemoControls | None, database: BookingDatabase) -> Cleaner:
    if settings.cleanup == "keep":
        return Keep()
    if controls is not None:
        return DemoCleaner(controls, database.reread)
    if settings.cleanup is not None and settings.cleanup_database_url:
        return DatabaseCleaner(settings.cleanup_database_url, delete=settings.cleanup == "delete", read=database.reread)
    return Keep()
