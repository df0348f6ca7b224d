"""The commands of the console script `bookingflow`, each in its own module with a `main(arguments)`."""
