"""A contained child process in which files of strangers are read: no network, no other folder, bounded memory and time.

In: the name of a function, plain values, files. Out: plain values and files, looked at before they are believed. What contains
the child is Linux' own (Landlock, namespaces, resource limits; bubblewrap around it where that is installed), and the sandbox
says which of them hold.
"""
