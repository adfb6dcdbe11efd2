"""How dates are written where no template says it: https://docs.djangoproject.com/en/6.1/topics/i18n/formatting/"""
