//! What this example needs of nnscore.h, and a safe model and scorer on it.
use std::ffi::{c_char, c_void, CStr, CString};
use std::ptr::null_mut;

#[repr(C)]
struct Error {
    code: i32,
    message: [c_char; 512],
}

extern "C" {
    fn nnscore_model_open(path: *const c_char, model: *mut *mut c_void, error: *mut Error) -> i32;
    fn nnscore_model_close(model: *mut c_void);
    fn nnscore_model_features(model: *const c_void) -> usize;
    fn nnscore_model_outputs(model: *const c_void) -> usize;
    fn nnscore_model_label(model: *const c_void, index: usize) -> *const c_char;
    fn nnscore_model_predicted_label(model: *const c_void, scores: *const f32) -> usize;
    fn nnscore_model_name(model: *const c_void) -> *const c_char;
    fn nnscore_model_number(model: *const c_void) -> i64;
    fn nnscore_scorer_make(model: *const c_void, threads: usize, scorer: *mut *mut c_void, error: *mut Error) -> i32;
    fn nnscore_scorer_free(scorer: *mut c_void);
    fn nnscore_score_uint8(scorer: *mut c_void, rows: *const u8, count: usize, scores: *mut f32, capacity: usize, error: *mut Error) -> i32;
}

fn checked(call: impl FnOnce(*mut Error) -> i32) -> Result<(), String> {
    let mut error = Error { code: 0, message: [0; 512] };
    match call(&mut error) {
        0 => Ok(()),
        _ => Err(text(error.message.as_ptr())),
    }
}

fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // The library's texts end in a zero byte.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// A model file's model; any number of threads may use it.
pub struct Model(*mut c_void);
unsafe impl Send for Model {}
unsafe impl Sync for Model {}

impl Model {
    pub fn open(path: &str) -> Result<Model, String> {
        let path = CString::new(path).map_err(|_| "the path has a zero byte in it".to_string())?;
        let mut model = Model(null_mut());
        checked(|error| unsafe { nnscore_model_open(path.as_ptr(), &mut model.0, error) })?;
        Ok(model)
    }
    pub fn features(&self) -> usize {
        unsafe { nnscore_model_features(self.0) }
    }
    pub fn outputs(&self) -> usize {
        unsafe { nnscore_model_outputs(self.0) }
    }
    /// "name@number"
    pub fn version(&self) -> String {
        unsafe { format!("{}@{}", text(nnscore_model_name(self.0)), nnscore_model_number(self.0)) }
    }
    /// The label that one row of scores speaks for.
    pub fn label(&self, scores: &[f32]) -> String {
        assert_eq!(scores.len(), self.outputs());
        unsafe { text(nnscore_model_label(self.0, nnscore_model_predicted_label(self.0, scores.as_ptr()))) }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        unsafe { nnscore_model_close(self.0) }
    }
}

/// Scores rows, one call at a time, on the caller's thread.
pub struct Scorer<'a> {
    model: &'a Model,
    scorer: *mut c_void,
}
unsafe impl Send for Scorer<'_> {}

impl<'a> Scorer<'a> {
    pub fn new(model: &'a Model) -> Result<Scorer<'a>, String> {
        let mut scorer = Scorer { model, scorer: null_mut() };
        checked(|error| unsafe { nnscore_scorer_make(model.0, 1, &mut scorer.scorer, error) })?;
        Ok(scorer)
    }
    /// Rows are [count][features], the scores [count][outputs].
    pub fn score(&mut self, rows: &[u8]) -> Result<Vec<f32>, String> {
        let count = rows.len() / self.model.features();
        if count * self.model.features() != rows.len() {
            return Err(format!("{} bytes are not whole rows of {}", rows.len(), self.model.features()));
        }
        let mut scores = vec![0f32; count * self.model.outputs()];
        checked(|error| unsafe {
            nnscore_score_uint8(self.scorer, rows.as_ptr(), count, scores.as_mut_ptr(), scores.len(), error)
        })?;
        Ok(scores)
    }
}

impl Drop for Scorer<'_> {
    fn drop(&mut self) {
        unsafe { nnscore_scorer_free(self.scorer) }
    }
}
