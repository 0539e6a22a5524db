"""The course folder of the exercises: nbgrader commands are given in this folder."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "headscope"
# The first cells run two dozen generations each, on machines that others use, too.
c.Execute.timeout = 900
c.ClearSolutions.code_stub = {"java": "// YOUR CODE HERE"}
