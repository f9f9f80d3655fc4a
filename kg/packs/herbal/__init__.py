"""The herbal pack: Chinese materia medica. Data only; see `kg.pack` for the format."""
