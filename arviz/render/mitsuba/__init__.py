"""Photoreal stills: the same `Scene`, path-traced by Mitsuba 3 and denoised by Open Image Denoise (extra ``photoreal``)."""
