"""How dates are written where nobody says otherwise, in the admin: 25 Nov 2026, 17:41.

Django looks for these names here (FORMAT_MODULE_PATH); its own English is American.
https://docs.djangoproject.com/en/6.1/ref/templates/builtins/#date
"""

DATE_FORMAT = SHORT_DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j M Y, H:i"
YEAR_MONTH_FORMAT = "M Y"
MONTH_DAY_FORMAT = "j M"
