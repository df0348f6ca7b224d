"""What scenarios book with: guests, parties, moments, wishes, and the words for them."""
