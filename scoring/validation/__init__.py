"""What a validator asks for: a model's tables as a workbook, and its document for print."""
