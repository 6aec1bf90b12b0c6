"""What a face tells: where the head is (`pose`), and how large (`scale`)."""
