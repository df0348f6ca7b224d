"""What people and machines see of a run: console, Allure results, JUnit, summary, pictures, page. Judges nothing."""
