"""What this suite writes into Allure's results: environment, categories, records, evidence, the run's own result."""
