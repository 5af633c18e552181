import os
from urllib.parse import urlsplit

url = urlsplit(os.environ["SHARDGATE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": url.hostname,
        "PORT": url.port,
        "USER": url.username,
        "PASSWORD": url.password,
        "NAME": url.path.strip("/"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {"server_side_binding": os.environ.get("CHECK_SERVER_SIDE_BINDING") == "1"},
    }
}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SECRET_KEY = "only for this check"
