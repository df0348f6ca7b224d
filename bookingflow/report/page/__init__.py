"""What the report page has beside Allure's own: its generator, the verdict on top, the trend of past runs."""
