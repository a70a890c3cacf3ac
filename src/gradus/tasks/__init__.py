"""What neural models are trained for: tasks share :mod:`gradus.tasks.base`, not each other."""
