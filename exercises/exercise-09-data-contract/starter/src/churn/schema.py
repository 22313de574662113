"""What the export looks like."""

import pandera.pandas as pa

schema = pa.DataFrameSchema(
    {
        "customer_id": pa.Column(object),
        "tenure_months": pa.Column(object),
        "monthly_charges": pa.Column(object),
    }
)
