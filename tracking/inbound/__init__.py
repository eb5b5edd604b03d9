"""What partners without a carrier API tell, told to every shipment that travels in what they name."""
