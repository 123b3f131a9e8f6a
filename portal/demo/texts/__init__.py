"""The invented words of the demonstration: complaints, replies, comments, notices."""
