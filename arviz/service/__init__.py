"""The render service: HTTP in front of jobs and pictures (extra ``[service]``).

In: uploads, jobs and signed addresses of pictures. Out: assets, previews, reports, events. Handlers hold no logic of their own:
long work is a job (`arviz.jobs`), a picture is a flow called in a warm process, an error is the error tree as RFC 9457 problem.
"""
