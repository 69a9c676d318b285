//! Parquet with stable bytes: fixed writer settings, no clock, no host.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, StringArray,
    UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

/// The values of a column; `None` is missing.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnData {
    /// UTF-8 text.
    Text(Vec<Option<String>>),
    /// Signed integers.
    Integer(Vec<Option<i64>>),
    /// Counts.
    Count(Vec<Option<u64>>),
    /// Decimals of 38 digits with this many digits after the point.
    Decimal(Vec<Option<i128>>, i8),
    /// Ratios and other numbers that are not amounts.
    Ratio(Vec<Option<f64>>),
}

/// A named column with what a reader must know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub data: ColumnData,
    /// Key-value metadata of the field, such as `unit` and `quantum`.
    pub metadata: Vec<(String, String)>,
}

impl Column {
    /// Creates a column without metadata.
    pub fn new(name: impl Into<String>, data: ColumnData) -> Self {
        Self {
            name: name.into(),
            data,
            metadata: Vec::new(),
        }
    }

    /// Adds metadata.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.metadata.push((key.to_string(), value.into()));
        self
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        match &self.data {
            ColumnData::Text(values) => values.len(),
            ColumnData::Integer(values) => values.len(),
            ColumnData::Count(values) => values.len(),
            ColumnData::Decimal(values, _) => values.len(),
            ColumnData::Ratio(values) => values.len(),
        }
    }

    /// Returns whether the column has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn field(&self) -> Field {
        let kind = match &self.data {
            ColumnData::Text(_) => DataType::Utf8,
            ColumnData::Integer(_) => DataType::Int64,
            ColumnData::Count(_) => DataType::UInt64,
            ColumnData::Decimal(_, scale) => DataType::Decimal128(38, *scale),
            ColumnData::Ratio(_) => DataType::Float64,
        };
        let metadata: HashMap<String, String> = self.metadata.iter().cloned().collect();
        Field::new(&self.name, kind, true).with_metadata(metadata)
    }

    fn array(&self) -> Result<ArrayRef, String> {
        Ok(match &self.data {
            ColumnData::Text(values) => Arc::new(StringArray::from(values.clone())),
            ColumnData::Integer(values) => Arc::new(Int64Array::from(values.clone())),
            ColumnData::Count(values) => Arc::new(UInt64Array::from(values.clone())),
            ColumnData::Decimal(values, scale) => Arc::new(
                Decimal128Array::from(values.clone())
                    .with_precision_and_scale(38, *scale)
                    .map_err(|error| error.to_string())?,
            ),
            ColumnData::Ratio(values) => Arc::new(Float64Array::from(values.clone())),
        })
    }
}

/// Encodes columns as one Parquet file. The same columns give the same bytes.
pub fn parquet_bytes(columns: &[Column], metadata: &[(String, String)]) -> Result<Vec<u8>, String> {
    let fields: Vec<Field> = columns.iter().map(Column::field).collect();
    let table_metadata: HashMap<String, String> = metadata.iter().cloned().collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, table_metadata));
    let arrays: Result<Vec<ArrayRef>, String> = columns.iter().map(Column::array).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays?).map_err(|error| error.to_string())?;
    let level = ZstdLevel::try_new(3).map_err(|error| error.to_string())?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by("gep".to_string())
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties))
        .map_err(|error| error.to_string())?;
    writer.write(&batch).map_err(|error| error.to_string())?;
    writer.close().map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Reads a Parquet file that `parquet_bytes` wrote.
pub fn read_parquet(path: &Path) -> Result<Vec<Column>, String> {
    read_parquet_where(path, &[])
}

/// Reads the rows whose text in each named column is one of those wanted; a missing
/// text is never wanted. Other rows are not decoded beyond these columns.
pub fn read_parquet_where(
    path: &Path,
    wanted: &[(&str, BTreeSet<String>)],
) -> Result<Vec<Column>, String> {
    // In memory at once: each column of a file on disk costs four calls of the system.
    let file = bytes::Bytes::from(std::fs::read(path).map_err(|error| error.to_string())?);
    let mut builder =
        ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string())?;
    if !wanted.is_empty() {
        let names = wanted.iter().map(|(name, _)| *name);
        let mask = ProjectionMask::columns(builder.parquet_schema(), names);
        let wanted: Vec<(String, BTreeSet<String>)> = wanted
            .iter()
            .map(|(name, texts)| ((*name).to_string(), texts.clone()))
            .collect();
        let predicate = ArrowPredicateFn::new(mask, move |batch| Ok(selected(&batch, &wanted)));
        builder = builder.with_row_filter(RowFilter::new(vec![Box::new(predicate)]));
    }
    let schema = builder.schema().clone();
    let reader = builder.build().map_err(|error| error.to_string())?;
    let batches: Result<Vec<RecordBatch>, _> = reader.collect();
    let batches = batches.map_err(|error| error.to_string())?;
    schema
        .fields()
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let mut metadata: Vec<(String, String)> = field
                .metadata()
                .iter()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            metadata.sort();
            let arrays: Vec<&ArrayRef> = batches.iter().map(|batch| batch.column(at)).collect();
            let data = column_data(field.data_type(), &arrays)
                .ok_or_else(|| format!("column {} has an unknown type", field.name()))?;
            Ok(Column {
                name: field.name().clone(),
                data,
                metadata,
            })
        })
        .collect()
}

fn selected(batch: &RecordBatch, wanted: &[(String, BTreeSet<String>)]) -> BooleanArray {
    let columns: Vec<Option<&StringArray>> = wanted
        .iter()
        .map(|(name, _)| batch.column_by_name(name)?.as_any().downcast_ref())
        .collect();
    let fits = |row: usize| {
        columns.iter().zip(wanted).all(|(column, (_, texts))| {
            column.is_some_and(|own| own.is_valid(row) && texts.contains(own.value(row)))
        })
    };
    (0..batch.num_rows()).map(|row| Some(fits(row))).collect()
}

fn column_data(kind: &DataType, arrays: &[&ArrayRef]) -> Option<ColumnData> {
    fn gather<A: Array + 'static, T>(
        arrays: &[&ArrayRef],
        get: impl Fn(&A, usize) -> T,
    ) -> Option<Vec<Option<T>>> {
        let mut out = Vec::new();
        for array in arrays {
            let array = array.as_any().downcast_ref::<A>()?;
            out.extend((0..array.len()).map(|at| array.is_valid(at).then(|| get(array, at))));
        }
        Some(out)
    }
    Some(match kind {
        DataType::Utf8 => ColumnData::Text(gather(arrays, |a: &StringArray, at| {
            a.value(at).to_string()
        })?),
        DataType::Int64 => ColumnData::Integer(gather(arrays, |a: &Int64Array, at| a.value(at))?),
        DataType::UInt64 => ColumnData::Count(gather(arrays, |a: &UInt64Array, at| a.value(at))?),
        DataType::Decimal128(38, scale) => ColumnData::Decimal(
            gather(arrays, |a: &Decimal128Array, at| a.value(at))?,
            *scale,
        ),
        DataType::Float64 => ColumnData::Ratio(gather(arrays, |a: &Float64Array, at| a.value(at))?),
        _ => return None,
    })
}
