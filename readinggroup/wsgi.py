"""The WSGI application that gunicorn serves."""

import logging
import os

from django.core.wsgi import get_wsgi_application

from readinggroup.bodies import whole_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readinggroup.settings")

# Warnings are log lines as well, in the format that LOG_FORMAT asks for.
logging.captureWarnings(True)

application = whole_bodies(get_wsgi_application())
