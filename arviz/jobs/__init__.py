"""Work that outlives a request: a table of jobs, a store of blobs, engines that run flows, a sandbox around untrusted files.

In: a kind (``convert``, ``render``, ...), inputs by their hash, plain options. Out: files in the store and a result, written
once under a key made of input, options and version, however often a process dies in between.

`table` knows what is to be done and who holds it (SQLite, leases). `store` keeps bytes under their hash (a folder, S3, GCS,
Azure). `kinds` says which flow a job calls. `engines` runs calls: ``local`` in a pool of processes, ``tcp://...`` on a Dask
cluster. `runner` takes jobs from the table to an engine. `sandbox` is the contained child in which files of strangers are read.
"""
