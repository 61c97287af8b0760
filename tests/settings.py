"""The project's settings, cut off from this machine: its own data folder, no keys, no .env.

A PostgreSQL or Redis is touched only when TEST_DATABASE_URL or TEST_REDIS_URL names one.
"""

import os
import tempfile

from fusionsite.env import KNOWN_PROVIDERS

for name in [*os.environ]:
    if name.startswith("COUNCIL_PROVIDER_") or name in {v for v, _ in KNOWN_PROVIDERS.values()}:
        del os.environ[name]
os.environ |= {
    "ENV_FILE": os.devnull,
    "DATA_DIR": tempfile.mkdtemp(prefix="council-tests-"),
    "DATABASE_URL": os.environ.get("USE_DATABASE_URL", ""),
    "REDIS_URL": "",
    "OLLAMA_HOST": "127.0.0.1:9",
    "DEBUG": "0",
    "PORT": "8000",
    "PUBLIC_URL": "",
    "ALLOWED_HOSTS": "testserver",
    "SECRET_KEY": "only-for-tests",
    "SEARCH_URL": "",
    "BRAVE_API_KEY": "",
    "TAVILY_API_KEY": "",
    "LOCAL_ENDPOINTS": "",
}

from fusionsite.settings import *  # noqa: E402, F403

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in the product: threads and their locks are then real.
    DATABASES["default"]["TEST"] = {"NAME": ENV.data_dir / "test.sqlite3"}  # noqa: F405

STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
